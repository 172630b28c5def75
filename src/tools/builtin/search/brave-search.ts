import * as z from 'zod';
import type { SearchEndpoint } from '../../tool-endpoints.js';
import { expectShape, fetchJson, urlUnder } from '../../upstream-json.js';
import type { SearchAnswer, SearchEngine } from './search-engine.js';

/** Without a page that fits, Brave leaves `web` out. */
const Answer = z.object({
  type: z.literal('search'),
  web: z.object({
    results: z.array(z.object({ title: z.string(), url: z.string(), description: z.string().nullish() })),
  }).nullish(),
});

/** Brave marks the words that were found; the model needs no marks. */
const MARKS = /<\/?strong>/g;

/** Brave Search (https://api-dashboard.search.brave.com/app/documentation/web-search). */
export class BraveSearch implements SearchEngine {
  constructor(private readonly endpoint: SearchEndpoint) {}

  async search(query: string, count: number, signal: AbortSignal): Promise<SearchAnswer> {
    const url = urlUnder(this.endpoint.url, '/res/v1/web/search', { q: query, count });
    const headers = { 'x-subscription-token': this.endpoint.key?.reveal() ?? '' };
    const { web } = expectShape(Answer, await fetchJson(url, { signal, headers }));
    const hits = (web?.results ?? []).map(({ title, url: link, description }) => (
      { title: title.replace(MARKS, ''), url: link, snippet: (description ?? '').replace(MARKS, '') }
    ));
    return { hits, simulated: false };
  }
}
