import { fractionOf } from '../protocol/identifiers.js';

/** A place as a geocoder knows it. Coordinates in degrees. */
export interface Place {
  readonly name: string;
  readonly latitude: number;
  readonly longitude: number;
  readonly country: string;
  readonly countryCode: string;
  readonly timezone: string;
}

const CITIES: readonly Place[] = ([
  ['Amsterdam', 52.374, 4.89, 'Netherlands', 'NL', 'Europe/Amsterdam'],
  ['Athens', 37.984, 23.728, 'Greece', 'GR', 'Europe/Athens'],
  ['Bangkok', 13.754, 100.501, 'Thailand', 'TH', 'Asia/Bangkok'],
  ['Beijing', 39.907, 116.397, 'China', 'CN', 'Asia/Shanghai'],
  ['Berlin', 52.524, 13.411, 'Germany', 'DE', 'Europe/Berlin'],
  ['Buenos Aires', -34.613, -58.377, 'Argentina', 'AR', 'America/Argentina/Buenos_Aires'],
  ['Cairo', 30.063, 31.25, 'Egypt', 'EG', 'Africa/Cairo'],
  ['Chicago', 41.85, -87.65, 'United States', 'US', 'America/Chicago'],
  ['Dubai', 25.077, 55.309, 'United Arab Emirates', 'AE', 'Asia/Dubai'],
  ['Dublin', 53.333, -6.249, 'Ireland', 'IE', 'Europe/Dublin'],
  ['Istanbul', 41.014, 28.95, 'Türkiye', 'TR', 'Europe/Istanbul'],
  ['Lagos', 6.454, 3.395, 'Nigeria', 'NG', 'Africa/Lagos'],
  ['Lima', -12.043, -77.028, 'Peru', 'PE', 'America/Lima'],
  ['Lisbon', 38.717, -9.133, 'Portugal', 'PT', 'Europe/Lisbon'],
  ['London', 51.509, -0.126, 'United Kingdom', 'GB', 'Europe/London'],
  ['Los Angeles', 34.052, -118.244, 'United States', 'US', 'America/Los_Angeles'],
  ['Madrid', 40.417, -3.703, 'Spain', 'ES', 'Europe/Madrid'],
  ['Melbourne', -37.814, 144.963, 'Australia', 'AU', 'Australia/Melbourne'],
  ['Mexico City', 19.428, -99.128, 'Mexico', 'MX', 'America/Mexico_City'],
  ['Moscow', 55.752, 37.616, 'Russia', 'RU', 'Europe/Moscow'],
  ['Mumbai', 19.073, 72.883, 'India', 'IN', 'Asia/Kolkata'],
  ['Nairobi', -1.283, 36.817, 'Kenya', 'KE', 'Africa/Nairobi'],
  ['New York', 40.714, -74.006, 'United States', 'US', 'America/New_York'],
  ['Oslo', 59.913, 10.746, 'Norway', 'NO', 'Europe/Oslo'],
  ['Paris', 48.853, 2.349, 'France', 'FR', 'Europe/Paris'],
  ['Prague', 50.088, 14.421, 'Czechia', 'CZ', 'Europe/Prague'],
  ['Reykjavik', 64.135, -21.895, 'Iceland', 'IS', 'Atlantic/Reykjavik'],
  ['Rome', 41.892, 12.511, 'Italy', 'IT', 'Europe/Rome'],
  ['San Francisco', 37.775, -122.419, 'United States', 'US', 'America/Los_Angeles'],
  ['Seoul', 37.566, 126.978, 'South Korea', 'KR', 'Asia/Seoul'],
  ['Singapore', 1.29, 103.85, 'Singapore', 'SG', 'Asia/Singapore'],
  ['Stockholm', 59.333, 18.065, 'Sweden', 'SE', 'Europe/Stockholm'],
  ['Sydney', -33.868, 151.207, 'Australia', 'AU', 'Australia/Sydney'],
  ['São Paulo', -23.548, -46.636, 'Brazil', 'BR', 'America/Sao_Paulo'],
  ['Tokyo', 35.69, 139.692, 'Japan', 'JP', 'Asia/Tokyo'],
  ['Toronto', 43.706, -79.399, 'Canada', 'CA', 'America/Toronto'],
  ['Vienna', 48.208, 16.372, 'Austria', 'AT', 'Europe/Vienna'],
  ['Warsaw', 52.23, 21.012, 'Poland', 'PL', 'Europe/Warsaw'],
  ['Zurich', 47.367, 8.55, 'Switzerland', 'CH', 'Europe/Zurich'],
] as const).map(([name, latitude, longitude, country, countryCode, timezone]) => ({ name, latitude, longitude, country, countryCode, timezone }));

const BY_NAME = new Map(CITIES.map((place) => [keyOf(place.name), place]));

/** Names that no gazetteer has, so that a failed look-up can be shown. */
const NOWHERE = new Set([
  'atlantis', 'el dorado', 'gotham', 'gotham city', 'hogwarts', 'middle earth', 'mordor', 'narnia', 'neverland', 'nowhere', 'shangri la',
  'utopia', 'wakanda', 'westeros', 'xanadu',
]);

/**
 * Finds a place: a city of the table at its real coordinates; any other plausible name near one of those cities,
 * always the same one. Undefined for a name of legend or one that is no name.
 */
export function findPlace(name: string): Place | undefined {
  const key = keyOf(name);
  const known = BY_NAME.get(key);
  if (known || !looksLikeAPlace(key)) return known;
  const near = CITIES[Math.floor(fractionOf(key) * CITIES.length)];
  return near && {
    ...near,
    name: name.trim(),
    latitude: near.latitude + offset(`${key} latitude`),
    longitude: near.longitude + offset(`${key} longitude`),
  };
}

function looksLikeAPlace(key: string): boolean {
  const letters = key.match(/\p{L}/gu)?.length ?? 0;
  const plainButUnspeakable = /^[a-z ]+$/.test(key) && !/[aeiouy]/.test(key);
  return letters >= 2 && key.length <= 80 && !/\d/.test(key) && !plainButUnspeakable && !NOWHERE.has(key);
}

/** Lower case, without accents and marks; "Paris, France" is looked up as "paris". */
function keyOf(name: string): string {
  const beforeComma = name.split(',', 1)[0] ?? '';
  return beforeComma.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().replace(/[^\p{L}\p{N}]+/gu, ' ').trim();
}

function offset(seed: string): number {
  return Math.round((fractionOf(seed) - 0.5) * 2_000) / 1_000;
}
