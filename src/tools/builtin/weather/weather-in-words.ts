import type { Place, Weather } from './open-meteo.js';
import { skyInWords } from './weather-code.js';

/** One sentence on the weather at a place. What is not known is left out. */
export function weatherInWords({ title }: Place, weather: Weather): string {
  const { apparent_temperature: feelsLike, relative_humidity_2m: humidity, precipitation, weather_code: code, wind_speed_10m: wind } = weather;
  const parts = [
    `${tenths(weather.temperature_2m)} °C${known(feelsLike) ? ` (feels like ${tenths(feelsLike)} °C)` : ''}`,
    known(code) ? skyInWords(code) : undefined,
    known(precipitation) && precipitation > 0 ? `precipitation ${tenths(precipitation)} mm` : undefined,
    known(humidity) ? `humidity ${Math.round(humidity)} %` : undefined,
    known(wind) ? `wind ${tenths(wind)} km/h` : undefined,
    `at ${weather.time} local time.`,
  ];
  return `${title}: ${parts.filter((part) => part !== undefined).join(', ')}`;
}

function known(value: number | null | undefined): value is number {
  return value !== null && value !== undefined;
}

/** One decimal, and never a minus before zero. */
function tenths(value: number): string {
  return (Math.round(value * 10) / 10 + 0).toFixed(1);
}
