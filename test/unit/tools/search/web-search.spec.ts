import { inspect } from 'node:util';
import { Simulator } from '../../../../src/llm/simulator/simulator.js';
import { Secret } from '../../../../src/settings/secret.js';
import { WebSearchTool } from '../../../../src/tools/builtin/web-search.tool.js';
import type { SearchEndpoint } from '../../../../src/tools/tool-endpoints.js';
import { TOOL_OPTIONS, type ToolOptions } from '../../../../src/tools/tool.decorator.js';
import { NEVER, PlayedUpstream, rejectionOf } from './played-upstream.js';

const KEY = 'key-0123456789';

let upstream: PlayedUpstream;
beforeEach(async () => {
  upstream = await PlayedUpstream.start();
});
afterEach(() => upstream.close());

function toolFor(provider: SearchEndpoint['provider'], url = upstream.url): WebSearchTool {
  const key = provider === 'brave' || provider === 'tavily' ? new Secret(KEY) : undefined;
  return new WebSearchTool({ openMeteoUrl: '', openMeteoGeocodingUrl: '', search: { provider, url, key } });
}

const search = (tool: WebSearchTool, query = 'tcp history', count = 5, signal = NEVER): Promise<string> =>
  tool.run({ query, max_results: count }, { signal, toolUseId: 'toolu_1' });

interface Page { readonly title: unknown; readonly url: unknown; readonly text?: unknown }

/** What each engine sends for these pages, in its own shape. */
const REPLIES = {
  searxng: (pages: readonly Page[]) => ({
    query: 'tcp history', number_of_results: 0, answers: [], corrections: [], infoboxes: [], suggestions: [], unresponsive_engines: [],
    results: pages.map(({ title, url, text }) => ({ title, url, content: text, engine: 'duckduckgo', engines: ['duckduckgo'], positions: [1], score: 1, category: 'general' })),
  }),
  brave: (pages: readonly Page[]) => ({
    type: 'search', query: { original: 'tcp history', more_results_available: true },
    web: { type: 'search', family_friendly: true, results: pages.map(({ title, url, text }) => ({ title, url, description: text, language: 'en', profile: {} })) },
  }),
  tavily: (pages: readonly Page[]) => ({
    query: 'tcp history', answer: null, images: [], follow_up_questions: null, response_time: 0.9,
    results: pages.map(({ title, url, text }) => ({ title, url, content: text, score: 0.98, raw_content: null })),
  }),
};
const PROVIDERS = ['searxng', 'brave', 'tavily'] as const;

const PAGES: readonly Page[] = [
  { title: 'A history of TCP', url: 'https://example.com/tcp', text: 'It began in 1974.' },
  { title: 'TCP', url: 'http://example.org/', text: '' },
  { title: 'RFC 9293', url: 'https://example.net/rfc?n=9293#top', text: 'Transmission Control Protocol' },
];
const LIST = `1. A history of TCP — https://example.com/tcp
   It began in 1974.
2. TCP — http://example.org/
3. RFC 9293 — https://example.net/rfc?n=9293#top
   Transmission Control Protocol`;

/** A reply whose results are these, for each of the engines. */
const withResults = (results: unknown): unknown => ({ type: 'search', results, web: { results } });

describe.each(PROVIDERS)('a search with %s', (provider) => {
  const pages = (list: readonly Page[]): void => upstream.answerJson(REPLIES[provider](list));

  it('lists the pages with their addresses and snippets', async () => {
    pages(PAGES);
    await expect(search(toolFor(provider))).resolves.toBe(LIST);
  });

  it('lists no more than was asked for', async () => {
    pages(PAGES);
    await expect(search(toolFor(provider), 'tcp', 1)).resolves.toBe('1. A history of TCP — https://example.com/tcp\n   It began in 1974.');
  });

  it('says so when there is nothing', async () => {
    pages([]);
    await expect(search(toolFor(provider))).resolves.toBe('No results.');
  });

  it.each<[string, unknown]>([
    ['another object', { error: 'x' }],
    ['a list', []],
    ['results that are no list', withResults('none')],
    ['an address that is a number', withResults([{ title: 'x', url: 1 }])],
    ['a title that is a number', withResults([{ title: 1, url: 'https://example.com' }])],
  ])('refuses %s', async (_what, body) => {
    upstream.answerJson(body);
    await expect(search(toolFor(provider))).rejects.toMatchObject({ code: 'upstream_bad_response', errorType: 'bad_response' });
  });

  it.each([[500, true], [429, true], [403, false]])('fails on status %d, retryable: %s', async (status, retryable) => {
    upstream.answerJson({ error: KEY }, status);
    const failure = await rejectionOf(search(toolFor(provider)));
    expect(failure).toMatchObject({ errorType: 'execution', retryable });
    expect(inspect(failure, { depth: 10 })).not.toContain(KEY);
  });

  it('ends when the request is given up', async () => {
    const controller = new AbortController();
    const reason = new Error('the user left');
    upstream.answer = () => controller.abort(reason);
    await expect(rejectionOf(search(toolFor(provider), 'tcp', 5, controller.signal))).resolves.toBe(reason);
  });

  it('does not show its key or address when the service is unreachable', async () => {
    upstream.answer = (response) => response.destroy();
    const failure = await rejectionOf(search(toolFor(provider)));
    expect(failure).toMatchObject({ errorType: 'connection_error', retryable: true });
    expect((failure as Error).message).not.toMatch(/127\.0\.0\.1|key-/);
    expect(inspect(toolFor(provider), { depth: 10 })).not.toContain(KEY);
  });
});

describe('what an engine is asked', () => {
  it.each([
    ['searxng', { method: 'GET', path: '/search', query: { q: 'a&b=c', format: 'json' }, body: '' }, {}],
    ['brave', { method: 'GET', path: '/res/v1/web/search', query: { q: 'a&b=c', count: '7' }, body: '' }, { 'x-subscription-token': KEY }],
    ['tavily', { method: 'POST', path: '/search', query: {}, body: '{"query":"a&b=c","max_results":7}' }, { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' }],
  ] as const)('%s', async (provider, request, headers) => {
    upstream.answerJson(REPLIES[provider](PAGES));
    await search(toolFor(provider), 'a&b=c', 7);
    const [{ headers: sent, ...rest } = { headers: {} }, ...more] = upstream.received;
    expect(rest).toEqual(request);
    expect(sent).toMatchObject(headers);
    expect(more).toEqual([]);
  });

  it('an instance of SearXNG may live in a folder', async () => {
    upstream.answerJson(REPLIES.searxng(PAGES));
    await search(toolFor('searxng', `${upstream.url}/searx/`));
    expect(upstream.received[0]?.path).toBe('/searx/search');
  });
});

it('nothing found because engines did not answer is a failure', async () => {
  upstream.answerJson({ ...REPLIES.searxng([]), unresponsive_engines: [['google', 'timeout']] });
  await expect(search(toolFor('searxng'))).rejects.toMatchObject({ code: 'search_incomplete', errorType: 'execution', retryable: true });
});

it('something found is told though other engines did not answer', async () => {
  upstream.answerJson({ ...REPLIES.searxng(PAGES), unresponsive_engines: [['google', 'timeout']] });
  await expect(search(toolFor('searxng'))).resolves.toBe(LIST);
});

it('Brave leaves the pages out when it found none', async () => {
  upstream.answerJson({ type: 'search', query: { original: 'x' } });
  await expect(search(toolFor('brave'))).resolves.toBe('No results.');
});

describe('a page that a stranger wrote', () => {
  const listOf = (page: Page): Promise<string> => {
    upstream.answerJson(REPLIES.searxng([page]));
    return search(toolFor('searxng'));
  };
  const url = 'https://example.com/';

  it('is cut to 300 code points, and no letter is torn', async () => {
    const [, snippet = ''] = (await listOf({ title: 'x', url, text: '😀'.repeat(301) })).split('\n   ');
    expect(snippet).toBe(`${'😀'.repeat(299)}…`);
  });

  it('keeps a snippet of exactly 300 code points', async () => {
    await expect(listOf({ title: 'x', url, text: '😀'.repeat(300) })).resolves.toBe(`1. x — ${url}\n   ${'😀'.repeat(300)}`);
  });

  it('can not add lines to the list', async () => {
    await expect(listOf({ title: 'x\n2. fake', url, text: 'a\r\n\u2028 2. fake — https://evil.example\t!' })).resolves
      .toBe(`1. x 2. fake — ${url}\n   a 2. fake — https://evil.example !`);
  });

  it('can not send commands to a terminal or turn text around', async () => {
    await expect(listOf({ title: '\u001b]0;owned\u0007', url, text: 'abc\u202Edef\u0000\u009b1m\uD800' })).resolves
      .toBe(`1. ]0;owned — ${url}\n   abcdef1m\uFFFD`);
  });

  it('can not hide characters in an address', async () => {
    await expect(listOf({ title: 'x', url: 'https://example.com/a\u202Eb\u200B', text: null })).resolves.toBe('1. x — https://example.com/ab');
  });

  it('may have no title', async () => {
    await expect(listOf({ title: null, url })).resolves.toBe(`1. Untitled — ${url}`);
  });

  it.each(['javascript:alert(1)', 'file:///etc/passwd', 'data:text/html,x', 'not a url', '', 'https://example.com/ 2. fake', `https://example.com/${'x'.repeat(2_000)}`])('is left out when its address is %j', async (address) => {
    await expect(listOf({ title: 'x', url: address, text: 'y' })).resolves.toBe('No results.');
  });
});

describe('without a search engine', () => {
  it('the search is not offered', () => {
    expect(toolFor('none', '').available()).toBe(false);
    expect(PROVIDERS.map((provider) => toolFor(provider).available())).toEqual([true, true, true]);
  });

  it('a search that is run anyway fails', async () => {
    await expect(search(toolFor('none', ''))).rejects.toMatchObject({ code: 'search_not_configured', errorType: 'not_found' });
  });
});

it('a simulated search says that it is not real', async () => {
  const simulator = await Simulator.start();
  try {
    const text = await search(toolFor('searxng', `${simulator.url}/simulated/searxng`), 'tcp history', 2);
    expect(text).toMatch(/^Simulated search results, not real:\n1\. tcp history: .* — https:\/\/example\.com\/simulated\/tcp%20history\n {3}This is a simulated .*\n2\. .*\n {3}.*$/);
  } finally {
    await simulator.close();
  }
});

describe('what a model may send', () => {
  const { input } = Reflect.getMetadata(TOOL_OPTIONS, WebSearchTool) as ToolOptions;

  it('a query alone gives five pages', () => {
    expect(input.parse({ query: ' tcp ' })).toEqual({ query: 'tcp', max_results: 5 });
  });

  it.each([1, 10])('%d pages', (count) => {
    expect(input.parse({ query: 'tcp', max_results: count })).toEqual({ query: 'tcp', max_results: count });
  });

  it.each([{}, { query: '' }, { query: ' ' }, { query: 'x'.repeat(401) }, { query: 'x', max_results: 0 }, { query: 'x', max_results: 11 }, { query: 'x', max_results: 1.5 }, { query: 'x', max_results: '5' }])('not %j', (value) => {
    expect(input.safeParse(value).success).toBe(false);
  });
});
