import * as z from 'zod';
import { fetchJson, upstreamUrl } from '../../upstream-json.js';

const Place = z.object({
  name: z.string().min(1).max(200),
  latitude: z.number().min(-90).max(90),
  longitude: z.number().min(-180).max(180),
  /** The first administrative area: a state, a region. */
  admin1: z.string().max(200).nullish(),
  country: z.string().max(200).nullish(),
  country_code: z.string().max(10).nullish(),
});
type Place = z.infer<typeof Place>;

/** The geocoder leaves `results` out when it found nothing. */
const Reply = z.object({ results: z.array(Place).default([]), simulated: z.boolean().default(false) });

/** Namesakes that are looked through for the one in the area that was asked for. */
const NAMESAKES = 20;

export interface FoundPlace {
  /** "Portland, Oregon, United States": enough to see which one it is. */
  readonly label: string;
  readonly latitude: number;
  readonly longitude: number;
  readonly simulated: boolean;
}

/**
 * Where a place is. The geocoder knows names but not addresses: it has no "Paris, Texas". What it does not know as it
 * stands is therefore searched by what is before the first comma, and the rest picks among the namesakes; the label tells
 * which one it was.
 * Undefined when there is no such place. @throws Failure and the signal's reason, as `fetchJson`.
 */
export async function findPlace(baseUrl: string, location: string, signal: AbortSignal): Promise<FoundPlace | undefined> {
  const found = await search(baseUrl, location, 1, signal);
  const [name = '', ...areas] = location.split(',').map((part) => part.trim());
  const { results, simulated } = found.results.length > 0 || areas.length === 0 || name === '' ? found : await search(baseUrl, name, NAMESAKES, signal);
  const place = results.toSorted((one, other) => areasOf(other, areas) - areasOf(one, areas))[0];
  return place && { label: labelOf(place), latitude: place.latitude, longitude: place.longitude, simulated };
}

function search(baseUrl: string, name: string, count: number, signal: AbortSignal): Promise<z.infer<typeof Reply>> {
  return fetchJson(upstreamUrl(baseUrl, '/v1/search', { name, count: String(count), language: 'en', format: 'json' }), { reply: Reply, signal });
}

/** How many of the areas the place is in. */
function areasOf({ admin1, country, country_code: code }: Place, areas: readonly string[]): number {
  const known = new Set([admin1, country, code].map((name) => name?.toLowerCase()));
  return areas.filter((area) => known.has(area.toLowerCase())).length;
}

function labelOf({ name, admin1, country }: Place): string {
  return [...new Set([name, admin1, country])].filter((part) => part).join(', ');
}
