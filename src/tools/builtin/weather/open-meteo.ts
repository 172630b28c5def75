import * as z from 'zod';
import type { ToolEndpoints } from '../../tool-endpoints.js';
import { expectShape, fetchJson, upstreamLine, urlUnder } from '../../upstream-json.js';

const CURRENT = ['temperature_2m', 'apparent_temperature', 'relative_humidity_2m', 'precipitation', 'weather_code', 'wind_speed_10m'] as const;
/** Code points of a name that are kept; no place needs more. */
const NAME_CHARACTERS = 100;

const name = z.string().transform((text) => upstreamLine(text, NAME_CHARACTERS));

const Places = z.object({
  results: z.array(z.object({
    name,
    admin1: name.nullish(),
    country: name.nullish(),
    country_code: name.nullish(),
    latitude: z.number().min(-90).max(90),
    longitude: z.number().min(-180).max(180),
  })).optional(),
  simulated: z.unknown().optional(),
});

const Forecast = z.object({
  current: z.object({
    time: z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d$/),
    temperature_2m: z.number(),
    apparent_temperature: z.number().nullish(),
    relative_humidity_2m: z.number().nullish(),
    precipitation: z.number().nullish(),
    weather_code: z.int().nullish(),
    wind_speed_10m: z.number().nullish(),
  }),
  simulated: z.unknown().optional(),
});

export interface Place {
  /** Name, region and country, as far as they are known. */
  readonly title: string;
  readonly latitude: number;
  readonly longitude: number;
}

/** Present weather in °C, %, mm and km/h at a local time; what the station does not know is null or missing. */
export type Weather = z.output<typeof Forecast>['current'];

export interface Answer<Value> {
  readonly value: Value;
  /** True when the upstream said that it made this up. */
  readonly simulated: boolean;
}

/** Namesakes that are looked through for the one in the area that was asked for. */
const NAMESAKES = 20;

/**
 * The best match for a name, or undefined when there is none. The geocoder knows names but no addresses: it has no
 * "Paris, Texas". What it does not know as it stands is searched by what is before the first comma, and the rest picks
 * among the namesakes. @throws Failure as fetchJson does
 */
export async function findPlace(endpoints: ToolEndpoints, location: string, signal: AbortSignal): Promise<Answer<Place> | undefined> {
  const [town = '', ...areas] = location.split(',').map((part) => part.trim());
  const exact = await placesCalled(endpoints, location, 1, signal);
  const { results = [], simulated } = exact.results?.length || town === '' || areas.length === 0 ? exact : await placesCalled(endpoints, town, NAMESAKES, signal);
  const best = results.toSorted((one, other) => areasOf(other, areas) - areasOf(one, areas))[0];
  if (!best) return undefined;
  const { latitude, longitude } = best;
  const title = [...new Set([best.name, best.admin1, best.country])].filter(Boolean).join(', ');
  return { value: { title, latitude, longitude }, simulated: simulated === true };
}

async function placesCalled(endpoints: ToolEndpoints, name: string, count: number, signal: AbortSignal): Promise<z.output<typeof Places>> {
  const url = urlUnder(endpoints.openMeteoGeocodingUrl, '/v1/search', { name, count, language: 'en', format: 'json' });
  return expectShape(Places, await fetchJson(url, { signal }));
}

type Candidate = NonNullable<z.output<typeof Places>['results']>[number];

/** How many of the areas a place is in. */
function areasOf({ admin1, country, country_code: code }: Candidate, areas: readonly string[]): number {
  const known = new Set([admin1, country, code].map((area) => area?.toLowerCase()));
  return areas.filter((area) => known.has(area.toLowerCase())).length;
}

/** The weather at a place now. @throws Failure as fetchJson does */
export async function currentWeather(endpoints: ToolEndpoints, { latitude, longitude }: Place, signal: AbortSignal): Promise<Answer<Weather>> {
  const url = urlUnder(endpoints.openMeteoUrl, '/v1/forecast', { latitude, longitude, current: CURRENT.join(','), timezone: 'auto' });
  const { current, simulated } = expectShape(Forecast, await fetchJson(url, { signal }));
  return { value: current, simulated: simulated === true };
}
