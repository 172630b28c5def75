import { fractionOf } from '../protocol/identifiers.js';
import { findPlace } from './places.js';
import type { SimulatedAnswer } from './simulated-answer.js';

/** Plays Open-Meteo's geocoding search. A place it does not know gives an answer without `results`, as there. */
export function geocode(parameters: URLSearchParams): SimulatedAnswer {
  const name = parameters.get('name');
  if (name === null) return { status: 400, body: { error: true, reason: 'Parameter name must be set', simulated: true } };
  const place = findPlace(name);
  const generated = { generationtime_ms: 0.1, simulated: true };
  if (!place) return { status: 200, body: generated };
  const { latitude, longitude, country, countryCode, timezone } = place;
  const result = {
    id: Math.floor(fractionOf(place.name) * 9_000_000) + 1_000_000,
    name: place.name,
    latitude,
    longitude,
    elevation: Math.floor(fractionOf(`${place.name} elevation`) * 400),
    feature_code: 'PPL',
    country_code: countryCode,
    timezone,
    country,
  };
  return { status: 200, body: { results: [result], ...generated } };
}
