import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { RunResult } from '../../src/agent/run-result.js';
import type { Problem } from '../../src/http/problem.js';
import type { ScriptedStep } from '../../src/llm/simulator/scripted-step.js';
import { eventually } from '../support/eventually.js';
import { RunningApplication } from '../support/running-application.js';
import { SpanRecorder } from '../support/span-recorder.js';

const spans = new SpanRecorder().install();
const running: RunningApplication[] = [];
const servers: Server[] = [];
let service: RunningApplication;

beforeEach(async () => {
  service = await start();
});
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
  const stopped = running.splice(0);
  await Promise.all(stopped.map((application) => application.stop()));
  expect(stopped.flatMap(({ simulator }) => simulator.violations)).toEqual([]);
});

async function start(environment: Readonly<Record<string, string>> = {}): Promise<RunningApplication> {
  const application = await RunningApplication.start(environment);
  running.push(application);
  return application;
}

async function ask(message: string, conversationId?: string): Promise<RunResult> {
  const response = await service.chat({ message, ...(conversationId !== undefined && { conversation_id: conversationId }) });
  const body = await response.json() as RunResult;
  expect({ status: response.status, body }).toMatchObject({ status: 200 });
  return body;
}

async function refused(message: string, conversationId?: string): Promise<{ readonly response: Response; readonly problem: Problem }> {
  const response = await service.chat({ message, ...(conversationId !== undefined && { conversation_id: conversationId }) });
  expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  return { response, problem: await response.json() as Problem };
}

/** What the model was sent in the last request. */
function lastMessages(): readonly { readonly role: string; readonly content: string | readonly Record<string, unknown>[] }[] {
  return (service.simulator.requests.at(-1)?.body as { messages: ReturnType<typeof lastMessages> }).messages;
}

async function upstream(answer: (path: string, response: ServerResponse) => void): Promise<string> {
  const server = createServer((request, response) => answer(request.url ?? '', response)).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('the answer', () => {
  it('has exactly the fields that clients were promised', async () => {
    const response = await service.chat({ message: 'What is 15 multiplied by 23?' }, { 'x-correlation-id': 'abc-1' });
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-store');
    const answer = await response.json() as RunResult;
    expect(answer).toEqual({
      reply: '15 multiplied by 23 equals 345.',
      conversation_id: expect.stringMatching(/^conv_[0-9a-f-]{36}$/), run_id: expect.stringMatching(/^run_[0-9a-f-]{36}$/),
      correlation_id: 'abc-1', trace_id: expect.stringMatching(/^[0-9a-f]{32}$/),
      outcome: 'success', error_type: null, stop_reason: 'end_turn', truncated: false, model: 'claude-sonnet-5-5', simulated: false, iterations: 2,
      tool_calls: [{ id: expect.stringMatching(/^toolu_/), name: 'calculator', status: 'success' }],
      usage: { input_tokens: expect.any(Number), output_tokens: expect.any(Number), cache_read_tokens: 0, cache_write_tokens: 0, llm_calls: 2 },
      cost_usd: expect.any(Number), duration_ms: expect.any(Number), degraded: [],
    });
    for (const figure of [answer.usage.input_tokens, answer.usage.output_tokens, answer.cost_usd, answer.duration_ms]) expect(figure).toBeGreaterThan(0);
  });

  it('has no price when the model has none', async () => {
    service = await start({ MODEL: 'nobodys-model' });
    expect(await ask('Hello')).toMatchObject({ model: 'nobodys-model', cost_usd: null });
  });
});

describe('a conversation', () => {
  it('goes on with everything that was said', async () => {
    const first = await ask('What is 15 multiplied by 23?');
    const second = await ask('Save that as a note called product', first.conversation_id);
    expect(second).toMatchObject({ conversation_id: first.conversation_id, outcome: 'success', tool_calls: [{ name: 'save_note', status: 'success' }] });
    expect(second.run_id).not.toBe(first.run_id);
    expect(lastMessages().map(({ role }) => role)).toEqual(['user', 'assistant', 'user', 'assistant', 'user', 'assistant', 'user']);
    expect(lastMessages()[0]?.content).toBe('What is 15 multiplied by 23?');
  });

  it('knows nothing of another one', async () => {
    await ask('My secret is 4711.');
    await ask('Hello');
    expect(lastMessages()).toEqual([{ role: 'user', content: 'Hello' }]);
  });

  it('that nobody began is not found', async () => {
    const { response, problem } = await refused('Hello', 'conv_unknown');
    expect(problem).toMatchObject({ status: 404, code: 'conversation_not_found', retryable: false });
    expect(response.headers.get('retry-after')).toBeNull();
    expect(service.simulator.requestCount).toBe(0);
  });

  it('takes one question at a time, says when to try again, and is free as soon as the first has ended', async () => {
    const { conversation_id: id } = await ask('Hello');
    service.simulator.enqueue({ kind: 'hang' });
    const leaving = new AbortController();
    const first = fetch(`${service.url}/chat`, {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ message: 'Hello', conversation_id: id }), signal: leaving.signal,
    });
    await eventually(() => service.simulator.inFlight === 1);
    const { response, problem } = await refused('Hello again', id);
    expect(problem).toMatchObject({ status: 409, code: 'conversation_busy', retryable: true, retry_after_seconds: 1 });
    expect(response.headers.get('retry-after')).toBe('1');
    await ask('Hello in another conversation');
    leaving.abort();
    await expect(first).rejects.toThrow('aborted');
    await eventually(async () => (await service.metric('agent_requests_active')) === 0);
    await ask('Hello once more', id);
    expect(lastMessages().map(({ role }) => role)).toEqual(['user', 'assistant', 'user']);
  });

  it('is left as it was by a run that failed', async () => {
    const { conversation_id: id } = await ask('Hello');
    service.simulator.enqueue({ kind: 'tools', calls: [{ name: 'calculator', input: { expression: '1+1' } }] }, { kind: 'error', status: 400, type: 'invalid_request_error' });
    await refused('This fails half-way', id);
    await ask('Hello again', id);
    expect(JSON.stringify(lastMessages())).not.toContain('half-way');
  });

  it.each<readonly [string, ScriptedStep]>([
    ['a refusal', { kind: 'reply', content: [{ type: 'text', text: 'I can not help with that.' }], stopReason: 'refusal' }],
    ['a cut reply', { kind: 'reply', content: [{ type: 'text', text: 'Once upon' }], stopReason: 'max_tokens' }],
    ['a reply with half a character', { kind: 'text', text: 'Yes \ud83d' }],
    ['a reply with its thoughts', { kind: 'reply', content: [{ type: 'thinking', thinking: 'Hm.' }, { type: 'text', text: 'Yes.' }] }],
  ])('can go on after %s to its first question', async (_what, step) => {
    service.simulator.enqueue(step);
    const { conversation_id: id } = await ask('Tell me everything');
    expect(await ask('What is 2 + 3?', id)).toMatchObject({ conversation_id: id, reply: '2 + 3 equals 5.' });
  });
});

describe('tools', () => {
  it('that are asked for together answer together, in the order of the calls', async () => {
    const answer = await ask('What is 6 * 7? What is the weather in Paris and Tokyo? Search for otters. Save a note called list: milk');
    expect(answer).toMatchObject({ outcome: 'success', iterations: 2, degraded: [] });
    const [call, results] = lastMessages().slice(-2).map(({ content }) => content as readonly Record<string, unknown>[]);
    expect(call?.map(({ name }) => name)).toEqual(['calculator', 'get_weather', 'get_weather', 'web_search', 'save_note']);
    expect(results?.map(({ tool_use_id: id }) => id)).toEqual(call?.map(({ id }) => id));
    expect(answer.tool_calls.map(({ id }) => id).sort()).toEqual(call?.map(({ id }) => id).sort());
    for (const part of ['6 * 7 equals 42', 'Paris', 'Tokyo', 'otters', 'I saved the note "list"']) expect(answer.reply).toContain(part);
    expect(spans.spans.findLast(({ name }) => name === 'tools.execute')?.attributes).toMatchObject({ tool_count: 5, parallel: true });
  });

  it('run side by side: two searches meet, and the later one may be answered first', async () => {
    const waiting: { readonly path: string; readonly response: ServerResponse }[] = [];
    const url = await upstream((path, response) => {
      waiting.unshift({ path, response });
      if (waiting.length < 2) return;
      for (const { path: asked, response: held } of waiting) {
        const title = new URLSearchParams(asked.split('?')[1]).get('q');
        held.setHeader('content-type', 'application/json').end(JSON.stringify({ results: [{ title: `All about ${title}`, url: 'https://example.com/', content: 'Text.' }] }));
      }
    });
    service = await start({ SEARXNG_URL: url });
    const answer = await ask('Search for otters. Search for beavers.');
    expect(answer.tool_calls.map(({ status }) => status)).toEqual(['success', 'success']);
    const results = lastMessages().at(-1)?.content as readonly { readonly content: string }[];
    expect(results.map(({ content }) => /All about (\w+)/.exec(content)?.[1])).toEqual(['otters', 'beavers']);
  });

  it('that are running end with their client', async () => {
    let gone = false;
    let asked = false;
    const url = await upstream((_path, response) => {
      asked = true;
      response.once('close', () => {
        gone = true;
      });
    });
    service = await start({ SEARXNG_URL: url });
    const leaving = new AbortController();
    const request = fetch(`${service.url}/chat`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"message":"Search for otters"}', signal: leaving.signal });
    await eventually(() => asked);
    leaving.abort();
    await expect(request).rejects.toThrow('aborted');
    await eventually(() => gone);
    await eventually(async () => (await service.metric('agent_requests_total', { status: 'cancelled', user_id: 'unknown' })) === 1);
    expect(service.simulator.requestCount).toBe(1);
  });

  it('that fail say so, and the answer does not claim otherwise', async () => {
    const answer = await ask('What is 1 / 0?');
    expect(answer).toMatchObject({ outcome: 'success', tool_calls: [{ name: 'calculator', status: 'error', error_type: 'validation' }], degraded: [] });
    expect(answer.reply).toMatch(/could not/i);
    expect(lastMessages().at(-1)?.content).toEqual([expect.objectContaining({ type: 'tool_result', is_error: true })]);
  });

  it('that do not exist are an error to the model, and never a label', async () => {
    service.simulator.enqueue({ kind: 'tools', calls: [{ name: 'delete_everything', input: { now: true } }, { name: 'calculator', input: { expression: '1+1' } }] });
    const answer = await ask('Go on');
    expect(answer).toMatchObject({ outcome: 'success', iterations: 2 });
    expect(lastMessages().at(-1)?.content).toEqual([
      expect.objectContaining({ is_error: true, content: expect.stringContaining('delete_everything') }),
      expect.not.objectContaining({ is_error: true }),
    ]);
    expect(answer.tool_calls).toContainEqual({ id: expect.any(String), name: 'delete_everything', status: 'error', error_type: 'not_found' });
    expect(await service.metrics()).not.toContain('delete_everything');
    expect(await service.metric('tool_calls_total', { tool_name: 'unknown', status: 'error' })).toBe(1);
  });

  it.each([[{}], [{ expression: 7 }], [{ expression: '1+1', extra: true }], [{ expression: '' }]])('refuse the input %j, and the loop goes on', async (input) => {
    service.simulator.enqueue({ kind: 'tools', calls: [{ name: 'calculator', input }] });
    expect(await ask('Go on')).toMatchObject({ outcome: 'success', tool_calls: [{ name: 'calculator', status: 'error', error_type: 'validation' }] });
  });

  it('without end are stopped, with an answer that says so and a conversation that goes on', async () => {
    service = await start({ MAX_ITERATIONS: '3' });
    service.simulator.enqueue(...['1+1', '2+2', '3+3'].map((expression): ScriptedStep => ({ kind: 'tools', calls: [{ name: 'calculator', input: { expression } }] })));
    const answer = await ask('Count for ever');
    expect(answer).toMatchObject({ outcome: 'error', error_type: 'max_iterations', stop_reason: 'max_iterations', iterations: 3, reply: expect.stringMatching(/stopped after 3 steps/) });
    expect(answer.tool_calls).toHaveLength(3);
    expect(service.simulator.requestCount).toBe(3);
    expect(await service.metric('agent_max_iterations_total')).toBe(1);
    expect(await ask('What is 2 + 3?', answer.conversation_id)).toMatchObject({ outcome: 'success', reply: '2 + 3 equals 5.' });
  });

  it('that are optional and down degrade the answer, and it says which', async () => {
    const url = await upstream(() => undefined);
    servers.pop()?.close();
    service = await start({ SEARXNG_URL: url });
    const response = await service.chat({ message: 'Search for otters. What is 6 * 7?' });
    expect(response.status).toBe(200);
    expect(response.headers.get('x-degraded')).toBe('web_search');
    const answer = await response.json() as RunResult;
    expect(answer).toMatchObject({ outcome: 'success', degraded: ['web_search'] });
    expect(answer.reply).toMatch(/could not search.*42/is);
    expect((await service.chat({ message: 'What is 6 * 7?' })).headers.get('x-degraded')).toBeNull();
  });
});
