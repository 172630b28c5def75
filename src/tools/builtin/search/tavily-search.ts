import * as z from 'zod';
import type { SearchEndpoint } from '../../tool-endpoints.js';
import { expectShape, fetchJson, urlUnder } from '../../upstream-json.js';
import type { SearchAnswer, SearchEngine } from './search-engine.js';

const Answer = z.object({
  results: z.array(z.object({ title: z.string().nullish(), url: z.string(), content: z.string().nullish() })),
});

/** Tavily (https://docs.tavily.com/documentation/api-reference/endpoint/search). */
export class TavilySearch implements SearchEngine {
  constructor(private readonly endpoint: SearchEndpoint) {}

  async search(query: string, count: number, signal: AbortSignal): Promise<SearchAnswer> {
    const answer = await fetchJson(urlUnder(this.endpoint.url, '/search'), {
      signal,
      headers: { authorization: `Bearer ${this.endpoint.key?.reveal() ?? ''}` },
      body: { query, max_results: count },
    });
    const { results } = expectShape(Answer, answer);
    return { hits: results.map(({ title, url, content }) => ({ title: title ?? '', url, snippet: content ?? '' })), simulated: false };
  }
}
