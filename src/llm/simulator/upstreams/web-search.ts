import type { SimulatedAnswer } from './simulated-answer.js';

const ENGINE = 'simulated';

/** What each result says about a query. `example.com`, `.org` and `.net` are reserved: no link leads to a stranger. */
const RESULTS = [
  { host: 'example.com', title: 'an introduction', content: 'What it is and why people ask about it' },
  { host: 'example.org', title: 'the reference', content: 'The details, in order, with nothing left out' },
  { host: 'example.net', title: 'questions and answers', content: 'What others wanted to know about it' },
] as const;

/** Plays a SearXNG search with `format=json`. The results depend on the query alone, and none is real. */
export function searchTheWeb(parameters: URLSearchParams): SimulatedAnswer {
  const query = parameters.get('q')?.trim() ?? '';
  if (query === '') return { status: 400, body: { error: 'No query', simulated: true } };
  return { status: 200, body: {
    query,
    number_of_results: RESULTS.length,
    results: RESULTS.map((result, index) => toResult(result, query, index)),
    answers: [],
    corrections: [],
    infoboxes: [],
    suggestions: [],
    unresponsive_engines: [],
    simulated: true,
  } };
}

function toResult({ host, title, content }: (typeof RESULTS)[number], query: string, index: number): object {
  return {
    title: `${query}: ${title} (simulated)`,
    url: `https://${host}/simulated/${encodeURIComponent(query.toWellFormed())}`,
    content: `This is a simulated search result for "${query}". ${content}.`,
    engine: ENGINE,
    engines: [ENGINE],
    positions: [index + 1],
    score: 1 / (index + 1),
    category: 'general',
    template: 'default.html',
  };
}
