import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { RunResult } from '../../src/agent/run-result.js';
import { eventually } from '../support/eventually.js';
import { RunningApplication } from '../support/running-application.js';
import { SseReader } from '../support/sse-reader.js';

/** Sent by the simulator in pieces of some twelve characters. */
const STORY = 'Once upon a time there was an otter who kept careful notes about every fish in the river.';
const STORY_BEGINNING = [
  { type: 'message_start', message: { id: 'msg_1', type: 'message', role: 'assistant', model: 'any', content: [], stop_reason: null, stop_sequence: null, usage: { input_tokens: 9, output_tokens: 1 } } },
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: STORY.slice(0, 20) } },
] as const;
/** Events of the simulator's stream: three before the text, and two pieces of it. */
const AFTER_SOME_TEXT = 5;
const BEFORE_ANY_TEXT = 3;

let service: RunningApplication;

beforeEach(async () => {
  service = await RunningApplication.start();
});
afterEach(async () => {
  await service.stop();
  expect(service.simulator.violations).toEqual([]);
});

async function stream(body: object): Promise<{ readonly response: Response; readonly events: SseReader }> {
  const response = await fetch(`${service.url}/chat`, {
    method: 'POST', headers: { 'content-type': 'application/json', accept: 'text/event-stream', 'x-correlation-id': 'abc-1' }, body: JSON.stringify(body),
  });
  return { response, events: new SseReader(response) };
}

async function streamed(body: object): Promise<SseReader> {
  const { response, events } = await stream(body);
  expect(response.status).toBe(200);
  await events.all();
  return events;
}

async function refusedStream(body: object): Promise<unknown> {
  const { response, events } = await stream(body);
  expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  await events.all();
  const problem = JSON.parse(events.raw) as { readonly status: number };
  expect(response.status).toBe(problem.status);
  return problem;
}

/** Begins the story and then says nothing until the test cuts it off: the simulator's own cut may overtake what it has sent. */
async function startModelThatStops(): Promise<{ readonly url: string; readonly cut: () => void; readonly calls: () => number }> {
  const responses: ServerResponse[] = [];
  const server = createServer((_request, response) => {
    responses.push(response);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const event of STORY_BEGINNING) response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = () => server.close().closeAllConnections();
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, cut, calls: () => responses.length };
}

describe('a streamed answer', () => {
  it('is the events of the run, in order and in their shape', async () => {
    const { response, events } = await stream({ message: 'What is 15 multiplied by 23?' });
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store', 'x-accel-buffering': 'no', 'x-correlation-id': 'abc-1',
    });
    const [started, toolStarted, toolCompleted, ...rest] = await events.all();
    const completed = rest.at(-1)?.data as unknown as RunResult;
    expect(started).toEqual({ event: 'run.started', data: { version: 1, run_id: completed.run_id, conversation_id: completed.conversation_id, correlation_id: 'abc-1' } });
    const [{ id } = { id: '' }] = completed.tool_calls;
    expect(toolStarted).toEqual({ event: 'tool.started', data: { id, name: 'calculator' } });
    expect(toolCompleted).toEqual({ event: 'tool.completed', data: { id, name: 'calculator', status: 'success', error_type: null } });
    expect(rest.length).toBeGreaterThanOrEqual(3);
    for (const delta of rest.slice(0, -1)) expect(delta).toEqual({ event: 'text.delta', data: { text: expect.stringMatching(/./) } });
    expect(rest.at(-1)?.event).toBe('run.completed');
  });

  it('ends with the same answer as JSON gives', async () => {
    const asked = { message: 'What is 15 multiplied by 23?' };
    const json = await (await service.chat(asked, { 'x-correlation-id': 'abc-1' })).json() as RunResult;
    const [completed] = (await streamed(asked)).of('run.completed');
    const own = { conversation_id: expect.any(String), run_id: expect.any(String), duration_ms: expect.any(Number), trace_id: null };
    expect(completed?.data).toEqual({ ...json, ...own });
  });

  it('has the reply as its text, piece by piece and nothing twice', async () => {
    service.simulator.enqueue({ kind: 'text', text: STORY });
    const events = await streamed({ message: 'Tell me a story' });
    expect(events.text).toBe(STORY);
    expect(events.of('text.delta').length).toBeGreaterThan(3);
    expect(events.of('run.completed')).toEqual([expect.objectContaining({ data: expect.objectContaining({ reply: STORY }) })]);
  });

  it.each(['Zoë 😀 日本語 e\u0301', '\u2028\u2029\ufeff\u200b', 'a\tb\u0000c'])('carries %j unharmed', async (text) => {
    service.simulator.enqueue({ kind: 'text', text });
    expect((await streamed({ message: 'Hello' })).text).toBe(text);
  });

  it('shows what the model says before it calls tools as text, too, and tells a failed tool from a good one', async () => {
    service.simulator.enqueue({ kind: 'tools', text: 'Let me see. ', calls: [{ name: 'calculator', input: { expression: '1/0' } }, { name: 'no_such_tool', input: {} }] }, { kind: 'text', text: 'It did not work.' });
    const events = await streamed({ message: 'Go on' });
    expect(events.text).toBe('Let me see. It did not work.');
    expect(events.of('tool.started').map(({ data }) => data.name)).toEqual(['calculator', 'no_such_tool']);
    expect(events.of('tool.completed').map(({ data: { name, status, error_type } }) => ({ name, status, error_type }))).toEqual(expect.arrayContaining([
      { name: 'calculator', status: 'error', error_type: 'validation' }, { name: 'no_such_tool', status: 'error', error_type: 'not_found' },
    ]));
    expect(events.of('run.completed')[0]?.data.reply).toBe('It did not work.');
  });

  it('goes on in the conversation', async () => {
    const first = (await streamed({ message: 'What is 2 + 3?' })).of('run.completed')[0]?.data as unknown as RunResult;
    const second = await streamed({ message: 'Hello', conversation_id: first.conversation_id });
    expect(second.of('run.started')[0]?.data.conversation_id).toBe(first.conversation_id);
    expect((service.simulator.requests.at(-1)?.body as { messages: object[] }).messages).toHaveLength(5);
  });

  it.each([
    'a\ndata: {"forged":true}\n\n', 'a\n\nevent: error\ndata: {"code":"forged"}\n\nb', 'a\r\n\r\nevent: run.completed\r\ndata: {}\r\n\r\n', 'a\r\revent: x\rdata: {}\r\r',
    '\nid: 7\nretry: 1\n: comment\n\n', '"}\n\nevent: error\ndata: {"a":"',
  ])('can not be forged by the text %j of a model', async (text) => {
    service.simulator.enqueue({ kind: 'text', text });
    const events = await streamed({ message: 'Hello' });
    expect(events.text).toBe(text);
    const names = events.events.map(({ event }) => event);
    expect(names.filter((name) => name !== 'text.delta')).toEqual(['run.started', 'run.completed']);
    const lines = events.raw.split(/\r\n|\r|\n/);
    expect(lines.filter((line) => line !== '' && !/^(?:id: \d+|event: [a-z.]+|data: \{.*\})$/.test(line))).toEqual([]);
    expect(lines.filter((line) => line.startsWith('event: '))).toHaveLength(names.length);
    expect(lines.filter((line) => line.startsWith('data: '))).toHaveLength(names.length);
    expect(lines.filter((line) => line.startsWith('id: '))).toHaveLength(names.length);
  });
});

describe('a stream that fails', () => {
  it('before its first event is refused with a status, like any other request', async () => {
    expect(await refusedStream({})).toMatchObject({ status: 400, code: 'invalid_request', correlation_id: 'abc-1' });
    expect(await refusedStream({ message: 'Hello', conversation_id: 'conv_unknown' })).toMatchObject({ status: 404, code: 'conversation_not_found' });
    const { conversation_id: id } = (await streamed({ message: 'Hello' })).of('run.started')[0]?.data ?? {};
    service.simulator.enqueue({ kind: 'hang' });
    const first = await stream({ message: 'Hello', conversation_id: id });
    await eventually(() => service.simulator.inFlight === 1);
    expect(await refusedStream({ message: 'Hello', conversation_id: id })).toMatchObject({ status: 409, code: 'conversation_busy', retry_after_seconds: 1 });
    await first.events.leave();
  });

  it.each([
    ['an error', { kind: 'error', status: 529, type: 'overloaded_error' }, 'upstream_overloaded'],
    ['a reset', { kind: 'reset' }, 'upstream_unavailable'],
    ['a stream cut before its text', { kind: 'cut', afterEvents: BEFORE_ANY_TEXT }, 'upstream_unavailable'],
    ['an error event before its text', { kind: 'error_event', afterEvents: BEFORE_ANY_TEXT }, 'upstream_overloaded'],
  ] as const)('after the run began and before any text (%s of the model API, three times) ends with that error and no text', async (_what, step, code) => {
    service.simulator.enqueue(step, step, step);
    const events = await streamed({ message: 'Hello' });
    expect(events.events.map(({ event }) => event)).toEqual(['run.started', 'error']);
    expect(events.events[1]?.data).toEqual({
      type: `urn:task-agent:problem:${code}`, title: code.replaceAll('_', ' '), status: 503, detail: expect.stringMatching(/.{10}/), code,
      correlation_id: 'abc-1', retryable: true, retry_after_seconds: 5,
    });
  });

  async function expectTextOnceThenError(events: SseReader, code: string): Promise<void> {
    expect(events.text.length).toBeGreaterThan(0);
    expect(events.text.length).toBeLessThan(STORY.length);
    expect(STORY.startsWith(events.text)).toBe(true);
    expect(events.events.at(-1)).toMatchObject({ event: 'error', data: { code, retryable: true, partial: true, correlation_id: 'abc-1' } });
    expect(events.of('error')).toHaveLength(1);
    expect(events.of('run.completed')).toEqual([]);
    expect(await service.metric('agent_requests_total', { status: 'error', user_id: 'unknown' })).toBe(1);
  }

  it('after its text began, by an error event of the model API, keeps that text once, says so, and ends', async () => {
    service.simulator.enqueue({ kind: 'error_event', afterEvents: AFTER_SOME_TEXT, content: [{ type: 'text', text: STORY }] });
    await expectTextOnceThenError(await streamed({ message: 'Tell me a story' }), 'stream_interrupted');
    expect(service.simulator.requestCount).toBe(1);
  });

  it('after its text began, by a cut, keeps that text once, says so, and ends', async () => {
    const model = await startModelThatStops();
    await service.stop();
    service = await RunningApplication.start({ ANTHROPIC_BASE_URL: model.url });
    const { events } = await stream({ message: 'Tell me a story' });
    await events.until('text.delta'); // a cut before that could take the text with it
    model.cut();
    await events.all();
    await expectTextOnceThenError(events, 'stream_interrupted');
    expect(model.calls()).toBe(1);
  });

  it('leaves its conversation as it was', async () => {
    const { conversation_id: id } = (await streamed({ message: 'Hello' })).of('run.started')[0]?.data ?? {};
    service.simulator.enqueue({ kind: 'cut', afterEvents: AFTER_SOME_TEXT, content: [{ type: 'text', text: STORY }] });
    await streamed({ message: 'Tell me a story', conversation_id: id });
    expect((await streamed({ message: 'What is 2 + 3?', conversation_id: id })).of('run.completed')[0]?.data.reply).toBe('2 + 3 equals 5.');
    expect(JSON.stringify(service.simulator.requests.at(-1)?.body)).not.toMatch(/a story|Once upon/);
  });

  it('shows nothing of the inside', async () => {
    service.simulator.enqueue({ kind: 'error', status: 400, type: 'invalid_request_error', message: `boom at /srv/app.js:1 with ${'sk-ant-'.padEnd(40, 'x')}` });
    expect((await streamed({ message: 'Hello' })).raw).not.toMatch(/boom|app\.js|sk-ant|127\.0\.0\.1|\n\s+at /);
  });
});

describe('a client that goes away', () => {
  async function expectCancelledRun(): Promise<void> {
    await eventually(() => service.simulator.requests.at(-1)?.clientClosed === true);
    await eventually(async () => (await service.metric('agent_requests_total', { status: 'cancelled', user_id: 'unknown' })) === 1);
    expect(await service.metric('agent_requests_active')).toBe(0);
    expect(await service.metric('llm_requests_active')).toBe(0);
    expect(await service.metric('agent_requests_total', { status: 'error', user_id: 'unknown' })).toBe(0);
    await eventually(() => service.log.of('http.client_gone').length === 1);
    expect(service.log.of('request.cancelled')).toHaveLength(1);
    expect(service.log.lines.filter(({ level }) => level === 'error' || level === 'warning')).toEqual([]);
  }

  it('from a stream takes its model call with it', async () => {
    service.simulator.enqueue({ kind: 'hang' });
    const { events } = await stream({ message: 'Hello' });
    await events.until('run.started');
    await eventually(() => service.simulator.inFlight === 1);
    await events.leave();
    await expectCancelledRun();
  });

  it('from a JSON request takes its model call with it', async () => {
    service.simulator.enqueue({ kind: 'hang' });
    const leaving = new AbortController();
    const asked = fetch(`${service.url}/chat`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"message":"Hello"}', signal: leaving.signal });
    await eventually(() => service.simulator.inFlight === 1);
    leaving.abort();
    await expect(asked).rejects.toThrow('aborted');
    await expectCancelledRun();
    expect(await service.metric('http_request_duration_seconds_count', { route: '/chat', status_code: '200' })).toBeUndefined();
    expect(await service.metric('http_request_duration_seconds_count', { route: '/chat', status_code: '499' })).toBe(1);
  });

  it('does not hurt the breaker, nor the next client', async () => {
    for (let client = 1; client <= 6; client++) {
      service.simulator.enqueue({ kind: 'hang' });
      const { events } = await stream({ message: 'Hello' });
      await eventually(() => service.simulator.inFlight === 1);
      await events.leave();
      await eventually(() => service.simulator.inFlight === 0);
    }
    expect((await streamed({ message: 'What is 2 + 3?' })).text).toBe('2 + 3 equals 5.');
  });
});
