import Anthropic, { BadRequestError } from '@anthropic-ai/sdk';
import { setTimeout as pause } from 'node:timers/promises';
import { PausedReplies } from '../../../../src/llm/simulator/paused-replies.js';
import type { MessageBlock } from '../../../../src/llm/simulator/protocol/messages-protocol.js';
import { Simulator, type SimulatorOptions } from '../../../../src/llm/simulator/simulator.js';
import { eventually } from '../../../support/eventually.js';
import { asking, BODY, post, stream, type Json } from './simulated-exchange.js';

const QUESTION = { role: 'user', content: 'Hello' };
const TOOLS = [{ name: 'calculator', input_schema: { type: 'object' } }];

const running: Simulator[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((simulator) => simulator.close()));
});

async function start(options: SimulatorOptions = {}): Promise<Simulator> {
  const simulator = await Simulator.start(options);
  running.push(simulator);
  return simulator;
}

async function json(simulator: Simulator, body: object): Promise<{ status: number; answer: Json }> {
  const response = await post(simulator, body);
  return { status: response.status, answer: await response.json() };
}

const assistant = (content: unknown) => ({ role: 'assistant', content });
const text = (value: string) => ({ type: 'text' as const, text: value });

describe('a paused reply', () => {
  const PAUSED = [text('I looked it up.'), { type: 'thinking', thinking: 'hm', signature: 's' }, { type: 'tool_use', id: 'toolu_1', name: 'calculator', input: { b: 1, a: [2, 3] } }] as const;

  async function afterPause(): Promise<Simulator> {
    const simulator = await start();
    simulator.enqueue({ kind: 'reply', content: PAUSED, stopReason: 'pause_turn' });
    await stream(simulator, undefined, { ...BODY, tools: TOOLS });
    return simulator;
  }

  const continued = (content: unknown) => ({ ...BODY, tools: TOOLS, messages: [QUESTION, assistant(content)] });

  it.each([
    ['as it came', PAUSED.map((block) => ({ ...block, ...(block.type === 'text' && { citations: null }), ...(block.type === 'tool_use' && { caller: { type: 'direct' } }) }))],
    ['without the fields that clients drop', PAUSED],
    ['with its keys in another order', [PAUSED[0], PAUSED[1], { name: 'calculator', input: { a: [2, 3], b: 1 }, id: 'toolu_1', type: 'tool_use' }]],
    ['behind what was paused before it', [text('Earlier.'), ...PAUSED]],
  ])('may end a history: %s', async (_, content) => {
    const simulator = await afterPause();
    simulator.enqueueSteps('529');
    expect((await json(simulator, continued(content))).status).toBe(529);
    expect(await json(simulator, continued(content))).toMatchObject({ status: 200, answer: { stop_reason: 'end_turn' } });
    expect(simulator.violations).toEqual([]);
  });

  it.each([
    ['another text', [text('I looked it up!'), ...PAUSED.slice(1)]],
    ['a part of it', PAUSED.slice(0, 2)],
    ['something behind it', [...PAUSED, text('More.')]],
    ['another input', [PAUSED[0], PAUSED[1], { ...PAUSED[2], input: { b: 1, a: [2, 4] } }]],
    ['text alone', 'I looked it up.'],
  ])('is the only thing that may: %s is refused', async (_, content) => {
    const simulator = await afterPause();
    expect(await json(simulator, continued(content))).toMatchObject({ status: 400, answer: { error: { message: expect.stringContaining('does not support assistant message prefill') } } });
    expect(simulator.violationCount).toBe(1);
  });

  it('needs tools when it calls one', async () => {
    const simulator = await afterPause();
    expect(await json(simulator, { ...continued(PAUSED), tools: undefined })).toMatchObject({ status: 400, answer: { error: { message: expect.stringMatching(/^tools: /) } } });
  });

  it('may be plain text, and paused twice', async () => {
    const simulator = await start();
    simulator.enqueueSteps('pause_turn*2, ok');
    const { answer } = await json(simulator, BODY);
    const more = await json(simulator, { ...BODY, messages: [QUESTION, assistant(answer.content[0].text)] });
    expect(more).toMatchObject({ status: 200, answer: { stop_reason: 'pause_turn' } });
    expect((await json(simulator, { ...BODY, messages: [QUESTION, assistant([...answer.content, ...more.answer.content])] })).status).toBe(200);
  });

  it('of another simulator, or that ended in another way, is none', async () => {
    const simulator = await start();
    simulator.enqueueSteps('max_tokens');
    const { answer } = await json(simulator, BODY);
    expect((await json(simulator, { ...BODY, messages: [QUESTION, assistant(answer.content)] })).status).toBe(400);
  });

  it('without content lets nothing through, and the last hundred are kept', () => {
    const replies = new PausedReplies();
    const block = (value: string) => ({ type: 'text', text: value, citations: null }) satisfies MessageBlock;
    replies.remember([]);
    replies.remember([block(' ')]);
    expect([text('anything'), { type: 'unheard_of', note: 'x' }].map((each) => replies.areContinuedBy([each]))).toEqual([false, false]);
    for (let reply = 0; reply < 101; reply += 1) replies.remember([block(`reply ${reply}`)]);
    expect([0, 1, 100].map((reply) => replies.areContinuedBy([text(`reply ${reply}`)]))).toEqual([false, true, true]);
  });
});

describe('a context that is full', () => {
  it('refuses a prompt that is too long with both figures, which is no violation and uses up no step', async () => {
    const simulator = await start({ contextTokens: 100 });
    simulator.enqueueSteps('529');
    const { status, answer } = await json(simulator, asking('x'.repeat(404)));
    expect([status, answer.error]).toEqual([400, { type: 'invalid_request_error', message: 'prompt is too long: 101 tokens > 100 maximum' }]);
    expect(simulator.violationCount).toBe(0);
    expect((await json(simulator, asking('x'.repeat(400)))).status).toBe(529);
  });

  it('reaches the official client as a bad request', async () => {
    const simulator = await start({ contextTokens: 1 });
    const client = new Anthropic({ baseURL: simulator.url, apiKey: 'test-key', maxRetries: 0, openTelemetry: false, logLevel: 'off' });
    const error = await client.messages.create({ ...BODY, messages: [{ role: 'user', content: 'Hello there' }] }).catch((thrown: unknown) => thrown) as BadRequestError;
    expect(error).toBeInstanceOf(BadRequestError);
    expect(error.apiMessage).toMatch(/^prompt is too long: \d+ tokens > 1 maximum$/);
  });

  it('is as large as one likes by default', async () => {
    expect((await json(await start(), asking('x'.repeat(4_000_000)))).status).toBe(200);
  });
});

describe('the record of a request', () => {
  it('has times that tell the gap between two tries', async () => {
    const simulator = await start();
    await json(simulator, BODY);
    await pause(30);
    await json(simulator, BODY);
    await eventually(() => simulator.inFlight === 0);
    const [first, second] = simulator.requests;
    expect(second!.receivedAt - first!.closedAt!).toBeGreaterThan(15);
    expect(first!.closedAt!).toBeGreaterThanOrEqual(first!.receivedAt);
  });

  it('has the end of a request when its client has left, and none before', async () => {
    const simulator = await start();
    simulator.enqueueSteps('hang');
    const controller = new AbortController();
    post(simulator, BODY, { signal: controller.signal }).catch(() => undefined);
    await eventually(() => simulator.requests[0]?.body !== undefined);
    expect(simulator.requests[0]!.closedAt).toBeUndefined();
    const aborted = performance.now();
    controller.abort();
    await eventually(() => simulator.inFlight === 0);
    expect(simulator.requests[0]!.closedAt!).toBeGreaterThan(aborted);
    expect(simulator.clientClosedCount).toBe(1);
  });

  it('blames no client when the simulator is closed', async () => {
    const simulator = await start();
    simulator.enqueueSteps('hang');
    post(simulator, BODY).catch(() => undefined);
    await eventually(() => simulator.requests[0]?.body !== undefined);
    await simulator.close();
    await eventually(() => simulator.inFlight === 0);
    expect([simulator.clientClosedCount, simulator.requests[0]!.clientClosed]).toEqual([0, false]);
  });
});

it('a block of a type that nobody knows may come back in a history', async () => {
  const simulator = await start();
  simulator.enqueueSteps('unknown_block');
  const { answer } = await json(simulator, BODY);
  expect((await json(simulator, { ...BODY, messages: [QUESTION, assistant(answer.content), { role: 'user', content: 'And now?' }] })).status).toBe(200);
});
