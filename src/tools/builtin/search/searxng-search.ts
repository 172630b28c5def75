import * as z from 'zod';
import { Failure } from '../../../kernel/failure.js';
import type { SearchEndpoint } from '../../tool-endpoints.js';
import { expectShape, fetchJson, urlUnder } from '../../upstream-json.js';
import type { SearchAnswer, SearchEngine } from './search-engine.js';

const Answer = z.object({
  results: z.array(z.object({ title: z.string().nullish(), url: z.string().nullish(), content: z.string().nullish() })),
  unresponsive_engines: z.array(z.unknown()).optional(),
  simulated: z.unknown().optional(),
});

/** SearXNG with its JSON format enabled (https://docs.searxng.org/dev/search_api.html). It knows no `count`: it gives a page. */
export class SearxngSearch implements SearchEngine {
  constructor(private readonly endpoint: SearchEndpoint) {}

  /** @throws Failure `search_incomplete` when nothing was found but engines failed: that is no proof that there is nothing. */
  async search(query: string, _count: number, signal: AbortSignal): Promise<SearchAnswer> {
    const url = urlUnder(this.endpoint.url, '/search', { q: query, format: 'json' });
    const { results, unresponsive_engines: silent = [], simulated } = expectShape(Answer, await fetchJson(url, { signal }));
    if (results.length === 0 && silent.length > 0) {
      throw new Failure('search_incomplete', {
        errorType: 'execution', retryable: true, publicMessage: 'Nothing was found, but not all search engines answered.',
      });
    }
    return {
      hits: results.map((result) => ({ title: result.title ?? '', url: result.url ?? '', snippet: result.content ?? '' })),
      simulated: simulated === true,
    };
  }
}
