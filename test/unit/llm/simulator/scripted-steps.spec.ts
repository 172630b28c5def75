import type { ScriptedStep } from '../../../../src/llm/simulator/scripted-step.js';
import { Simulator } from '../../../../src/llm/simulator/simulator.js';

/** A parsed answer; its shape is what the tests are about. */
type Json = ReturnType<typeof JSON.parse>;

const HEADERS = { 'content-type': 'application/json', 'anthropic-version': '2026-10-21', 'x-api-key': 'test-key' };
const BODY = { model: 'simulated', max_tokens: 500, messages: [{ role: 'user', content: 'Hello' }] };

let simulator: Simulator;
beforeEach(async () => {
  simulator = await Simulator.start();
});
afterEach(() => simulator.close());

function post(body: object = BODY, signal?: AbortSignal): Promise<Response> {
  return fetch(`${simulator.url}/v1/messages`, { method: 'POST', headers: HEADERS, body: JSON.stringify(body), signal: signal ?? null });
}

async function play(step: ScriptedStep, body: object = BODY): Promise<Json> {
  simulator.enqueue(step);
  return (await post(body)).json();
}

/** What arrived of a stream that may break, and whether it did. */
async function readAll(response: Response): Promise<{ text: string; broken: boolean }> {
  let text = '';
  try {
    for await (const chunk of response.body!) text += Buffer.from(chunk as Uint8Array).toString();
    return { text, broken: false };
  } catch (error) {
    expect((error as Error).message).toBe('terminated');
    return { text, broken: true };
  }
}

function eventNames(text: string): string[] {
  return [...text.matchAll(/^event: (\w+)$/gm)].map(([, name = '']) => name);
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

it('steps are played in order, and then it understands again', async () => {
  simulator.enqueue({ kind: 'text', text: 'first' }, { kind: 'text', text: 'second' });
  const texts: string[] = [];
  for (let count = 0; count < 3; count += 1) texts.push(((await (await post()).json()) as Json).content[0].text);
  expect(texts.slice(0, 2)).toEqual(['first', 'second']);
  expect(texts[2]).toContain('simulated model');
});

it('a refused request uses up no step', async () => {
  simulator.enqueue({ kind: 'text', text: 'kept' });
  expect((await post({ ...BODY, messages: [] })).status).toBe(400);
  expect(((await (await post()).json()) as Json).content[0].text).toBe('kept');
});

it('reply: content, stop reason and usage as written', async () => {
  const answer = await play({
    kind: 'reply', content: [{ type: 'text', text: 'Hm' }, { type: 'tool_use', name: 'anything', input: { a: 1 }, id: 'toolu_mine' }],
    stopReason: 'something_new', usage: { output_tokens: 77 },
  }, { ...BODY, max_tokens: 1 });
  expect(answer).toMatchObject({
    content: [{ type: 'text', text: 'Hm' }, { type: 'tool_use', id: 'toolu_mine', name: 'anything', input: { a: 1 } }],
    stop_reason: 'something_new', usage: { output_tokens: 77 },
  });
  expect(await play({ kind: 'reply', content: [] })).toMatchObject({ content: [], stop_reason: 'end_turn' });
});

it('tools: the calls in order, after the text', async () => {
  const calls = [{ name: 'a', input: { x: 1 } }, { name: 'b', input: {} }];
  const answer = await play({ kind: 'tools', text: 'Let me see.', calls });
  expect(answer.content.map((block: Json) => block.text ?? block.name)).toEqual(['Let me see.', 'a', 'b']);
  expect(answer.stop_reason).toBe('tool_use');
  expect(new Set(answer.content.map(({ id }: { id?: string }) => id)).size).toBe(3);
});

it.each([
  [429, 'rate_limit_error', { 'retry-after': '2' }],
  [500, 'api_error', {}],
  [529, 'overloaded_error', { 'x-should-retry': 'false' }],
])('error: %s %s in the shape of the API', async (status, type, headers) => {
  simulator.enqueue({ kind: 'error', status, type, message: 'Later', headers });
  const response = await post();
  expect(response.status).toBe(status);
  expect(await response.json()).toEqual({ type: 'error', error: { type, message: 'Later' }, request_id: response.headers.get('request-id') });
  for (const [name, value] of Object.entries(headers)) expect(response.headers.get(name)).toBe(value);
  expect(simulator.violationCount).toBe(0);
  expect(simulator.requests[0]?.status).toBe(status);
});

it('hang: no answer until the client goes away, which is recorded', async () => {
  simulator.enqueue({ kind: 'hang' });
  const controller = new AbortController();
  const pending = post(BODY, controller.signal);
  pending.catch(() => undefined);
  await until(() => simulator.requests[0]?.body !== undefined);
  expect(simulator.inFlight).toBe(1);
  controller.abort();
  await expect(pending).rejects.toThrow('aborted');
  await until(() => simulator.inFlight === 0);
  expect(simulator.requests[0]).toMatchObject({ clientClosed: true, status: undefined });
});

it.each([0, 1, 2, 5])('cut: a stream breaks off after %i events', async (afterEvents) => {
  simulator.enqueue({ kind: 'cut', afterEvents, content: [{ type: 'text', text: 'One sentence that is long enough for some deltas.' }] });
  const response = await post({ ...BODY, stream: true });
  expect(response.status).toBe(200);
  const { text, broken } = await readAll(response);
  expect(broken).toBe(true);
  expect(eventNames(text)).toEqual(['message_start', 'content_block_start', 'ping', 'content_block_delta', 'content_block_delta'].slice(0, afterEvents));
  expect(simulator.requests[0]?.clientClosed).toBe(false);
});

it('cut: a JSON answer breaks off half-way', async () => {
  simulator.enqueue({ kind: 'cut', afterEvents: 1 });
  const { text, broken } = await readAll(await post());
  expect(broken).toBe(true);
  expect(text.startsWith('{"id":"msg_')).toBe(true);
  expect(() => JSON.parse(text) as unknown).toThrow();
});

it('reset: the connection is reset before any answer', async () => {
  simulator.enqueue({ kind: 'reset' });
  await expect(post()).rejects.toMatchObject({ cause: { code: 'ECONNRESET' } });
  expect(simulator.requests[0]).toMatchObject({ clientClosed: false, status: undefined });
  expect((await post()).status).toBe(200);
});

it('error_event: an error inside a stream, then its end', async () => {
  simulator.enqueue({ kind: 'error_event', afterEvents: 2 });
  const response = await post({ ...BODY, stream: true });
  const { text, broken } = await readAll(response);
  expect(broken).toBe(false);
  expect(eventNames(text)).toEqual(['message_start', 'content_block_start', 'error']);
  const [, data = ''] = /event: error\ndata: (.*)\n\n$/.exec(text) ?? [];
  expect(JSON.parse(data)).toEqual({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' }, request_id: response.headers.get('request-id') });
});

it('error_event: a JSON request gets the same error as its answer', async () => {
  simulator.enqueue({ kind: 'error_event', afterEvents: 2, type: 'api_error', message: 'Oh' });
  const response = await post();
  expect(response.status).toBe(500);
  expect(await response.json()).toMatchObject({ error: { type: 'api_error', message: 'Oh' } });
});

it('a paced stream stops when the client goes away', async () => {
  const slow = await Simulator.start({ tokensPerSecond: 1 });
  try {
    const controller = new AbortController();
    const response = await fetch(`${slow.url}/v1/messages`, { method: 'POST', headers: HEADERS, body: JSON.stringify({ ...BODY, stream: true }), signal: controller.signal });
    expect(response.status).toBe(200);
    controller.abort();
    await until(() => slow.inFlight === 0);
    expect(slow.requests[0]).toMatchObject({ clientClosed: true, status: 200 });
  } finally {
    await slow.close();
  }
});
