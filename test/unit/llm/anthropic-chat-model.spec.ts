import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Failure } from '../../../src/kernel/failure.js';
import { AnthropicChatModel } from '../../../src/llm/anthropic-chat-model.js';
import { LightFetch } from '../../../src/llm/light-fetch.js';
import { Simulator } from '../../../src/llm/simulator/simulator.js';
import { IDENTITY } from '../../support/fakes.js';

const request = { system: 'be brief', messages: [{ role: 'user' as const, content: 'What is 2+2?' }], tools: [] };
const signal = new AbortController().signal;
const limits: unknown[] = [];
let simulator: Simulator;
let transport: LightFetch;
let model: AnthropicChatModel;

function modelAt(baseUrl: string, fetch = transport.fetch): AnthropicChatModel {
  return new AnthropicChatModel({ identity: IDENTITY, apiKey: 'k', baseUrl, fetch, timeoutMilliseconds: 2_000 }, (...limit) => limits.push(limit));
}

beforeAll(async () => {
  simulator = await Simulator.start();
  transport = new LightFetch({ beginMilliseconds: 2_000, silenceMilliseconds: 2_000 });
  model = modelAt(simulator.url);
});
afterAll(async () => {
  await transport.close();
  await simulator.close();
});

it('gives the same reply whether it streams or not', async () => {
  const whole = await model.complete(request, { signal });
  const texts: string[] = [];
  const streamed = await model.complete(request, { signal, onText: (text) => texts.push(text) });
  expect(texts.join('')).toBe(whole.content.map((block) => (block.type === 'text' ? block.text : '')).join(''));
  expect({ ...streamed, id: '', usage: null }).toEqual({ ...whole, id: '', usage: null });
  expect(whole.stopReason).toBe('end_turn');
});

it('reads tool calls out of a stream, with their whole input', async () => {
  simulator.enqueue({ kind: 'tools', calls: [{ name: 'calculator', input: { expression: '15 * 23', nested: { a: ['ü', '😀', '"\\'] } } }] });
  const tool = { name: 'calculator', description: 'x', input_schema: { type: 'object' as const } };
  const reply = await model.complete({ ...request, tools: [tool] }, { signal, onText: () => undefined });
  expect(reply.stopReason).toBe('tool_use');
  expect(reply.content.at(-1)).toMatchObject({ type: 'tool_use', name: 'calculator', input: { expression: '15 * 23', nested: { a: ['ü', '😀', '"\\'] } } });
});

it('tells what the API says of its rate limits', async () => {
  limits.length = 0;
  await model.complete(request, { signal });
  expect(limits).toContainEqual(['requests', expect.any(Number), expect.any(Number)]);
});

it.each([
  [400, 'invalid_request_error', 'llm_bad_request', false], [401, 'authentication_error', 'llm_auth', false], [403, 'permission_error', 'llm_auth', false],
  [404, 'not_found_error', 'llm_model_not_found', false], [413, 'request_too_large', 'llm_request_too_large', false],
  [429, 'rate_limit_error', 'upstream_rate_limited', true], [500, 'api_error', 'upstream_unavailable', true], [529, 'overloaded_error', 'upstream_overloaded', true],
] as const)('classifies %d %s', async (status, type, code, retryable) => {
  simulator.enqueue({ kind: 'error', status, type });
  await expect(model.complete(request, { signal })).rejects.toMatchObject({ name: 'Failure', code, errorType: type, retryable });
});

it('makes exactly one request per call, also when it fails', async () => {
  const before = simulator.requestCount;
  simulator.enqueue({ kind: 'error', status: 500, type: 'api_error' });
  await expect(model.complete(request, { signal })).rejects.toThrow(Failure);
  expect(simulator.requestCount).toBe(before + 1);
});

it('passes on how long to wait, within reason', async () => {
  simulator.enqueue({ kind: 'error', status: 429, type: 'rate_limit_error', headers: { 'retry-after': '7' } }, { kind: 'error', status: 429, type: 'rate_limit_error', headers: { 'retry-after': '999999' } });
  await expect(model.complete(request, { signal })).rejects.toMatchObject({ retryAfterSeconds: 7 });
  await expect(model.complete(request, { signal })).rejects.toMatchObject({ retryAfterSeconds: 60 });
});

it.each([['cut', 'connection_error'], ['error_event', 'overloaded_error']] as const)('does not take a stream that ends with %s for a whole reply', async (kind, errorType) => {
  simulator.enqueue({ kind, afterEvents: 3 });
  await expect(model.complete(request, { signal, onText: () => undefined })).rejects.toMatchObject({ errorType });
});

it('ends with the reason of its caller when aborted, and lets go of the connection', async () => {
  simulator.enqueue({ kind: 'hang' });
  const controller = new AbortController();
  const reason = new Failure('client_gone', { errorType: 'aborted', publicMessage: 'gone' });
  const running = model.complete(request, { signal: controller.signal });
  const asked = simulator.requestCount;
  while (simulator.requestCount === asked) await new Promise((resolve) => setTimeout(resolve, 5));
  controller.abort(reason);
  await expect(running).rejects.toBe(reason);
});

describe('a server that is no model', () => {
  let server: Server;
  let answer: (response: import('node:http').ServerResponse) => void = () => undefined;
  let url: string;
  beforeAll(async () => {
    server = createServer((incoming, response) => { incoming.resume(); answer(response); });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => { server.closeAllConnections(); server.close(); });

  const json = (body: string, type = 'application/json') => (response: import('node:http').ServerResponse) => { response.setHeader('content-type', type); response.end(body); };
  it.each([
    ['an HTML page', json('<html>ok</html>', 'text/html')], ['broken JSON', json('{"id":')], ['an empty object', json('{}')], ['null', json('null')],
    ['a message without a stop reason', json(JSON.stringify({ id: 'm', content: [], usage: {}, stop_reason: null }))], ['an empty body', json('')],
  ])('that answers %s gives a readable failure', async (_what, reply) => {
    answer = reply;
    await expect(modelAt(url).complete(request, { signal })).rejects.toMatchObject({ name: 'Failure', errorType: 'bad_response' });
  });

  it('that is silent is given up', async () => {
    answer = () => undefined;
    const quick = new LightFetch({ beginMilliseconds: 100, silenceMilliseconds: 100 });
    await expect(modelAt(url, quick.fetch).complete(request, { signal })).rejects.toMatchObject({ code: 'upstream_timeout', errorType: 'timeout' });
    await quick.close();
  });

  it('that is not there is named so', async () => {
    await expect(modelAt('http://127.0.0.1:1').complete(request, { signal })).rejects.toMatchObject({ code: 'upstream_unavailable', errorType: 'connection_error' });
  });
});
