import { AgentService } from '../../../src/agent/agent.service.js';
import { RunningApplication } from '../../support/running-application.js';
import { answerOf, complete, readChunks, textOf, user } from './completions-client.js';

const AGENT = 'task-automation-agent';
const SUM = 'What is 15 multiplied by 23?';

let service: RunningApplication;
beforeAll(async () => {
  service = await RunningApplication.start({ MAX_ITERATIONS: '3', LLM_ATTEMPTS: '1' });
});
afterAll(async () => {
  await service.stop();
  expect(service.simulator.violations).toEqual([]);
});

async function streamed(body: object, headers: Readonly<Record<string, string>> = {}) {
  const response = await complete(service, { ...body, stream: true }, headers);
  expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  const raw = await response.text();
  return { response, raw, ...readChunks(raw) };
}

describe('a completion', () => {
  it('is the answer of the agent, whatever model was asked for', async () => {
    const response = await complete(service, { model: 'gpt-4o', messages: [user(SUM)] }, { 'x-correlation-id': 'abc-1', authorization: 'Bearer anything' });
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': expect.stringContaining('application/json'), 'cache-control': 'no-store', 'x-correlation-id': 'abc-1', 'x-request-id': 'abc-1',
      'x-run-id': expect.stringMatching(/^run_/), 'x-conversation-id': expect.stringMatching(/^conv_/), 'x-model-ignored': 'gpt-4o',
    });
    const body = await response.json() as Record<string, unknown>;
    expect(body).toEqual({
      id: `chatcmpl-${response.headers.get('x-run-id')}`, object: 'chat.completion', created: expect.any(Number), model: AGENT,
      choices: [{ index: 0, message: { role: 'assistant', content: '15 multiplied by 23 equals 345.', refusal: null }, logprobs: null, finish_reason: 'stop' }],
      usage: { prompt_tokens: expect.any(Number), completion_tokens: expect.any(Number), total_tokens: expect.any(Number), prompt_tokens_details: { cached_tokens: 0 } },
    });
    expect(Math.abs(Number(body.created) - Date.now() / 1e3)).toBeLessThan(60);
  });

  it.each([[AGENT, null], [undefined, null], ['', null], ['openai/gpt-4o@2024:x', 'openai/gpt-4o@2024:x'], ['a b\n\u00e9"', 'a_b___'], ['x'.repeat(300), 'x'.repeat(100)]])('for the model %j says %j', async (model, shown) => {
    const response = await complete(service, { model, messages: [user('Hello')] });
    expect([response.status, response.headers.get('x-model-ignored')]).toEqual([200, shown]);
  });

  it('counts what was cached as a part of the prompt', async () => {
    service.simulator.enqueue({ kind: 'reply', content: [{ type: 'text', text: 'Done.' }], usage: { input_tokens: 10, output_tokens: 20, cache_read_input_tokens: 300, cache_creation_input_tokens: 4_000 } });
    const { usage } = await (await complete(service, { messages: [user('Hello')] })).json() as { readonly usage: object };
    expect(usage).toEqual({ prompt_tokens: 4_310, completion_tokens: 20, total_tokens: 4_330, prompt_tokens_details: { cached_tokens: 300 } });
  });

  it('names what the answer had to do without', async () => {
    service.simulator.enqueue({ kind: 'tools', calls: [{ name: 'web_search', input: { query: 'otters' } }] }, { kind: 'text', text: 'Done.' });
    const broken = await RunningApplication.start({ SEARXNG_URL: 'http://127.0.0.1:1', ANTHROPIC_BASE_URL: service.simulator.url });
    expect((await complete(broken, { messages: [user('Hello')] })).headers.get('x-degraded')).toBe('web_search');
    await broken.stop();
  });
});

describe('how it ended', () => {
  const SAME = { kind: 'tools', calls: [{ name: 'calculator', input: { expression: '1 + 1' } }] } as const;
  const text = (words: string, stopReason: string) => ({ kind: 'reply', content: [{ type: 'text', text: words }], stopReason }) as const;
  const next = (expression: string) => ({ kind: 'tools', text: `Step ${expression}.`, calls: [{ name: 'calculator', input: { expression } }] }) as const;

  it.each([
    ['to the end', [text('Done.', 'end_turn')], 'stop', 'Done.', 'Done.'],
    ['cut off', [text('Once upon', 'max_tokens')], 'length', 'Once upon', 'Once upon'],
    ['refused with words', [text('No, I', 'refusal')], 'content_filter', 'No, I', 'No, I'],
    ['refused without a word', [{ kind: 'reply', content: [], stopReason: 'refusal' } as const], 'content_filter', 'The model declined to answer this request.', 'The model declined to answer this request.'],
    ['out of steps', [next('1 + 1'), next('1 + 2'), next('1 + 3')], 'length', 'I stopped after 3 steps without reaching an answer.', 'Step 1 + 1.\n\nStep 1 + 2.\n\nStep 1 + 3.\n\nI stopped after 3 steps without reaching an answer.'],
    ['in circles', [SAME, SAME, SAME], 'length', expect.stringContaining('I stopped'), expect.stringContaining('I stopped')],
    ['after a pause', [text('One. ', 'pause_turn'), text('Two.', 'end_turn')], 'stop', 'One. Two.', 'One. Two.'],
    ['after tools, with words before them', [next('1 + 1'), text('It is 2.', 'end_turn')], 'stop', 'It is 2.', 'Step 1 + 1.\n\nIt is 2.'],
  ])('%s is told as its finish_reason, and all of it is in the stream', async (_how, steps, finishReason, whole, pieces) => {
    service.simulator.enqueue(...steps);
    const { choices: [choice] } = await (await complete(service, { messages: [user('Go on')] })).json() as { readonly choices: readonly [{ readonly message: object; readonly finish_reason: string }] };
    expect(choice).toMatchObject({ message: { content: whole }, finish_reason: finishReason });
    service.simulator.enqueue(...steps);
    const { chunks, done } = await streamed({ messages: [user('Go on')] });
    expect([textOf(chunks), chunks.at(-1)?.choices?.[0]?.finish_reason, done]).toEqual([pieces, finishReason, true]);
  });
});

describe('a stream', () => {
  it('is chunks from the role to the finish, and then [DONE]', async () => {
    const { response, raw, chunks, done } = await streamed({ model: 'x', messages: [user(SUM)] });
    expect(Object.fromEntries(response.headers)).toMatchObject({ 'x-run-id': expect.stringMatching(/^run_/), 'x-conversation-id': expect.stringMatching(/^conv_/), 'x-model-ignored': 'x', 'x-request-id': expect.any(String) });
    const frame = { id: `chatcmpl-${response.headers.get('x-run-id')}`, object: 'chat.completion.chunk', created: expect.any(Number), model: AGENT };
    const piece = (delta: object, finish_reason: string | null = null) => ({ ...frame, choices: [{ index: 0, delta, logprobs: null, finish_reason }] });
    expect(chunks[0]).toEqual(piece({ role: 'assistant', content: '' }));
    for (const chunk of chunks.slice(1, -1)) expect(chunk).toEqual(piece({ content: expect.stringMatching(/./) }));
    expect(chunks.at(-1)).toEqual(piece({}, 'stop'));
    expect(textOf(chunks)).toBe('15 multiplied by 23 equals 345.');
    expect(done).toBe(true);
    expect(raw).not.toContain('event:');
    expect(raw.endsWith('data: [DONE]\n\n')).toBe(true);
  });

  it('has the usage in a chunk of its own, for clients that ask for it', async () => {
    const { chunks } = await streamed({ messages: [user('Hello')], stream_options: { include_usage: true } });
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: expect.any(Number) } });
    expect(chunks.slice(0, -1).filter(({ usage }) => usage !== undefined)).toEqual([]);
  });

  it('shows tools at work to clients that ask for it, as named events', async () => {
    const { raw } = await streamed({ messages: [user(SUM)] }, { 'x-tool-progress': '1' });
    const events = [...raw.matchAll(/event: (.*)\ndata: (.*)\n/g)].map(([, name, data = '']) => [name, JSON.parse(data) as object]);
    expect(events).toEqual([
      ['task-agent.tool.progress', { id: expect.any(String), name: 'calculator', status: 'started', error_type: null }],
      ['task-agent.tool.progress', { id: expect.any(String), name: 'calculator', status: 'success', error_type: null }],
    ]);
  });

  it('that breaks in the middle ends with the error and without [DONE]', async () => {
    service.simulator.enqueue({ kind: 'error_event', afterEvents: 6, content: [{ type: 'text', text: 'Once upon a time there was an otter who counted.' }] });
    const { chunks, done } = await streamed({ messages: [user('Tell me a story')] });
    expect(textOf(chunks)).toMatch(/^Once upon/);
    expect(chunks.at(-1)).toEqual({ error: { message: expect.any(String), type: 'server_error', param: null, code: 'stream_interrupted' } });
    expect(done).toBe(false);
  });

  it('that never began is an ordinary error', async () => {
    service.simulator.enqueue({ kind: 'error', status: 529, type: 'overloaded_error' });
    const response = await complete(service, { messages: [user('Hello')], stream: true });
    expect([response.status, response.headers.get('content-type'), response.headers.get('retry-after'), response.headers.get('x-should-retry')]).toEqual([503, 'application/json; charset=utf-8', '5', 'true']);
    expect(await response.json()).toEqual({ error: { message: expect.any(String), type: 'server_error', param: null, code: 'upstream_overloaded' } });
  });
});

describe('an error', () => {
  const post = (body: string | Uint8Array, headers: Readonly<Record<string, string>> = {}) => fetch(`${service.url}/v1/chat/completions`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body });
  const asked = (body: object) => () => complete(service, body);

  it.each<[string, () => Promise<Response>, number, string, string]>([
    ['a body that is no JSON', () => post('{'), 400, 'malformed_request', 'invalid_request_error'],
    ['a body that is not UTF-8', () => post(new Uint8Array([34, 255, 34])), 400, 'invalid_encoding', 'invalid_request_error'],
    ['a body that is too large', () => post(JSON.stringify({ messages: [user('x'.repeat(262_144))] })), 413, 'body_too_large', 'invalid_request_error'],
    ['a body of another type', () => post('x', { 'content-type': 'text/plain' }), 415, 'unsupported_media_type', 'invalid_request_error'],
    ['tools of the client', asked({ messages: [user('Hello')], tools: [{ type: 'function', function: { name: 'x' } }] }), 400, 'invalid_request', 'invalid_request_error'],
    ['a last message that is not the user\'s', asked({ messages: [user('Hello'), { role: 'assistant', content: 'Hi' }] }), 400, 'invalid_request', 'invalid_request_error'],
    ['a question that is too long', asked({ messages: [user('x'.repeat(32_001))] }), 400, 'invalid_request', 'invalid_request_error'],
    ['a question that is blank', asked({ messages: [user(' ')] }), 400, 'invalid_request', 'invalid_request_error'],
    ['a conversation whose name is none', () => complete(service, { messages: [user('Hello')] }, { 'x-session-id': 'a b' }), 400, 'invalid_request', 'invalid_request_error'],
  ])('for %s has the shape that clients know, and is counted', async (_what, act, status, code, type) => {
    const rejected = () => service.metric('agent_requests_rejected_total', { reason: 'validation' });
    const before = Number(await rejected());
    const response = await act();
    expect(response.status).toBe(status);
    expect(response.headers.get('x-correlation-id')).toMatch(/./);
    expect(response.headers.get('x-should-retry')).toBe('false');
    expect(await response.json()).toEqual({ error: { message: expect.any(String), type, param: null, code } });
    expect(await rejected()).toBe(before + 1);
  });

  it('shows nothing of what nobody expected', async () => {
    const secret = new Error('the secret');
    const agent = service.app.get(AgentService, { strict: false });
    agent.ask = () => Promise.reject(secret);
    const response = await complete(service, { messages: [user('Hello')] });
    Reflect.deleteProperty(agent, 'ask');
    expect(response.status).toBe(500);
    expect(await response.json()).toEqual({ error: { message: 'Something went wrong on our side.', type: 'server_error', param: null, code: 'internal_error' } });
    expect(await answerOf(await complete(service, { messages: [user(SUM)] }))).toContain('345');
  });

  it('at other addresses is a problem as before', async () => {
    expect((await service.chat({})).headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  });
});

describe('the models', () => {
  it('are one', async () => {
    const model = { id: AGENT, object: 'model', created: 0, owned_by: 'task-agent' };
    expect(await (await fetch(`${service.url}/v1/models`)).json()).toEqual({ object: 'list', data: [model] });
    expect(await (await fetch(`${service.url}/v1/models/${AGENT}`)).json()).toEqual(model);
  });

  it('has no other', async () => {
    const response = await fetch(`${service.url}/v1/models/gpt-4o`);
    expect([response.status, await response.json()]).toEqual([404, { error: { message: `The only model here is ${AGENT}.`, type: 'invalid_request_error', param: null, code: 'model_not_found' } }]);
  });
});
