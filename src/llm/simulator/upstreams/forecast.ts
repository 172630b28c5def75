import { fractionOf } from '../protocol/identifiers.js';
import type { SimulatedAnswer } from './simulated-answer.js';

/** Simulated weather has no date; a fixed one keeps the answers equal. */
const TIME = '2026-01-01T12:00';

interface Variable {
  readonly unit: string;
  /** The value at a place, from a fraction in [0, 1) that is the place's own for this variable. */
  readonly at: (fraction: number, latitude: number) => number;
}

/** Warm at the equator and cold at the poles, give or take six degrees. */
const temperature: Variable['at'] = (fraction, latitude) => tenths(30 - Math.abs(latitude) * 0.45 + fraction * 12 - 6);

/** The present variables of Open-Meteo that weather tools ask for. Codes are those of WMO table 4677 that it uses. */
const VARIABLES: ReadonlyMap<string, Variable> = new Map<string, Variable>([
  ['temperature_2m', { unit: '°C', at: temperature }],
  ['apparent_temperature', { unit: '°C', at: (fraction, latitude) => tenths(temperature(fraction, latitude) - 1.5) }],
  ['relative_humidity_2m', { unit: '%', at: (fraction) => 35 + Math.floor(fraction * 60) }],
  ['is_day', { unit: '', at: () => 1 }],
  ['precipitation', { unit: 'mm', at: (fraction) => (fraction < 0.7 ? 0 : tenths((fraction - 0.7) * 10)) }],
  ['rain', { unit: 'mm', at: (fraction) => (fraction < 0.7 ? 0 : tenths((fraction - 0.7) * 10)) }],
  ['weather_code', { unit: 'wmo code', at: (fraction) => [0, 1, 2, 3, 45, 51, 61, 80][Math.floor(fraction * 8)] ?? 0 }],
  ['cloud_cover', { unit: '%', at: (fraction) => Math.floor(fraction * 101) }],
  ['pressure_msl', { unit: 'hPa', at: (fraction) => tenths(995 + fraction * 35) }],
  ['surface_pressure', { unit: 'hPa', at: (fraction) => tenths(985 + fraction * 35) }],
  ['wind_speed_10m', { unit: 'km/h', at: (fraction) => tenths(fraction * 35) }],
  ['wind_direction_10m', { unit: '°', at: (fraction) => Math.floor(fraction * 360) }],
  ['wind_gusts_10m', { unit: 'km/h', at: (fraction) => tenths(20 + fraction * 40) }],
]);

/** Other units a caller may ask for: query parameter and value, the unit it replaces, and the conversion. */
const CONVERSIONS: readonly { readonly asked: [string, string]; readonly from: string; readonly to: string; readonly convert: (value: number) => number }[] = [
  { asked: ['temperature_unit', 'fahrenheit'], from: '°C', to: '°F', convert: (value) => value * 1.8 + 32 },
  { asked: ['wind_speed_unit', 'mph'], from: 'km/h', to: 'mp/h', convert: (value) => value / 1.609344 },
  { asked: ['wind_speed_unit', 'ms'], from: 'km/h', to: 'm/s', convert: (value) => value / 3.6 },
  { asked: ['wind_speed_unit', 'kn'], from: 'km/h', to: 'kn', convert: (value) => value / 1.852 },
];

/** Plays Open-Meteo's forecast for the present moment. The values depend on the coordinates alone. */
export function forecast(parameters: URLSearchParams): SimulatedAnswer {
  const latitude = coordinate(parameters.get('latitude'), 90);
  const longitude = coordinate(parameters.get('longitude'), 180);
  if (latitude === undefined) return refusal(`Latitude must be in range of -90 to 90°. Given: ${parameters.get('latitude')}.`);
  if (longitude === undefined) return refusal(`Longitude must be in range of -180 to 180°. Given: ${parameters.get('longitude')}.`);
  const names = parameters.getAll('current').flatMap((list) => list.split(',')).filter((name) => name !== '');
  const unknown = names.find((name) => !VARIABLES.has(name));
  if (unknown !== undefined) return refusal(`Data corrupted at path ''. Cannot initialize VariableCurrent from invalid String value ${unknown}.`);
  return {
    status: 200,
    body: {
      latitude, longitude, generationtime_ms: 0.1, utc_offset_seconds: 0, timezone: 'GMT', timezone_abbreviation: 'GMT',
      elevation: Math.floor(fractionOf(`${latitude} ${longitude} elevation`) * 400),
      ...(names.length > 0 && present(names, latitude, longitude, parameters)),
      simulated: true,
    },
  };
}

function present(names: readonly string[], latitude: number, longitude: number, parameters: URLSearchParams): object {
  const units: Record<string, string> = { time: 'iso8601', interval: 'seconds' };
  const values: Record<string, string | number> = { time: TIME, interval: 900 };
  for (const name of names) {
    const variable = VARIABLES.get(name);
    if (!variable) continue;
    const value = variable.at(fractionOf(`${latitude} ${longitude} ${name}`), latitude);
    const conversion = CONVERSIONS.find(({ asked: [key, unit], from }) => from === variable.unit && parameters.get(key) === unit);
    units[name] = conversion?.to ?? variable.unit;
    values[name] = conversion ? tenths(conversion.convert(value)) : value;
  }
  return { current_units: units, current: values };
}

function coordinate(text: string | null, most: number): number | undefined {
  const value = text === null || text.trim() === '' ? Number.NaN : Number(text);
  return Math.abs(value) <= most ? value : undefined;
}

function refusal(reason: string): SimulatedAnswer {
  return { status: 400, body: { error: true, reason, simulated: true } };
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}
