import * as z from 'zod';
import type { SearchEndpoint } from '../../tool-endpoints.js';
import { expectShape, fetchJson, urlUnder } from '../../upstream-json.js';
import type { SearchAnswer, SearchEngine } from './search-engine.js';

const Answer = z.object({
  results: z.array(z.object({ title: z.string().nullish(), url: z.string().nullish(), content: z.string().nullish() })),
  simulated: z.unknown(),
});

/** SearXNG with its JSON format enabled (https://docs.searxng.org/dev/search_api.html). It knows no `count`: it gives a page. */
export class SearxngSearch implements SearchEngine {
  constructor(private readonly endpoint: SearchEndpoint) {}

  async search(query: string, _count: number, signal: AbortSignal): Promise<SearchAnswer> {
    const url = urlUnder(this.endpoint.url, '/search', { q: query, format: 'json' });
    const { results, simulated } = expectShape(Answer, await fetchJson(url, { signal }));
    return {
      hits: results.map((result) => ({ title: result.title ?? '', url: result.url ?? '', snippet: result.content ?? '' })),
      simulated: simulated === true,
    };
  }
}
