import * as z from 'zod';
import { fetchJson, upstreamUrl } from '../../upstream-json.js';
import { weatherInWords } from './weather-code.js';

/** A weather model may lack a value at a place. Only the temperature is what everybody asks for. */
const Value = z.number().nullish();

/** Units are the service's own defaults: °C, %, mm, km/h; the time is local to the place. */
const Current = z.object({
  time: z.string().regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/),
  temperature_2m: z.number(),
  apparent_temperature: Value,
  relative_humidity_2m: Value,
  precipitation: Value,
  weather_code: Value,
  wind_speed_10m: Value,
});
const Reply = z.object({ current: Current, simulated: z.boolean().default(false) });

const VARIABLES = Object.keys(Current.shape).filter((name) => name !== 'time').join(',');

export interface CurrentWeather {
  /** "12.3 °C (feels like 11.0 °C), partly cloudy, …, at 2026-11-23T10:15 local time". */
  readonly text: string;
  readonly simulated: boolean;
}

/** The weather now at a place, coordinates in degrees. @throws Failure and the signal's reason, as `fetchJson`. */
export async function currentWeather(
  baseUrl: string, { latitude, longitude }: { readonly latitude: number; readonly longitude: number }, signal: AbortSignal,
): Promise<CurrentWeather> {
  const query = { latitude: String(latitude), longitude: String(longitude), current: VARIABLES, timezone: 'auto' };
  const { current, simulated } = await fetchJson(upstreamUrl(baseUrl, '/v1/forecast', query), { reply: Reply, signal });
  return { text: inWords(current), simulated };
}

function inWords(now: z.infer<typeof Current>): string {
  const feltLike = part(now.apparent_temperature, (degrees) => ` (feels like ${tenths(degrees)} °C)`) ?? '';
  return [
    `${tenths(now.temperature_2m)} °C${feltLike}`,
    part(now.weather_code, weatherInWords),
    part(now.precipitation || undefined, (millimetres) => `precipitation ${tenths(millimetres)} mm`),
    part(now.relative_humidity_2m, (percent) => `humidity ${Math.round(percent)} %`),
    part(now.wind_speed_10m, (speed) => `wind ${tenths(speed)} km/h`),
    `at ${now.time} local time`,
  ].filter((text) => text !== undefined).join(', ');
}

function part(value: number | null | undefined, words: (value: number) => string): string | undefined {
  return value === null || value === undefined ? undefined : words(value);
}

/** Never "-0.0", which nobody has seen on a thermometer. */
function tenths(value: number): string {
  return (Math.round(value * 10) / 10 || 0).toFixed(1);
}
