import Anthropic, { OverloadedError } from '@anthropic-ai/sdk';
import { Script } from '../../../../src/llm/simulator/script.js';
import type { ScriptedStep } from '../../../../src/llm/simulator/scripted-step.js';
import { Simulator } from '../../../../src/llm/simulator/simulator.js';
import { eventually } from '../../../support/eventually.js';
import { asking, BODY, post, type Json } from './simulated-exchange.js';

const OVERLOADED: ScriptedStep = { kind: 'error', status: 529, type: 'overloaded_error' };
const TOOLS = [{ name: 'calculator', input_schema: { type: 'object' as const } }];

let simulator: Simulator;
beforeEach(async () => {
  simulator = await Simulator.start();
});
afterEach(() => simulator.close());

async function statuses(count: number, body?: object, init?: RequestInit): Promise<number[]> {
  const all: number[] = [];
  for (let each = 0; each < count; each += 1) all.push((await post(simulator, body, init)).status);
  return all;
}

async function control(method: string, path: string, body?: string): Promise<{ status: number; answer: Json; allow: string | null }> {
  const response = await fetch(`${simulator.url}/simulator/${path}`, { method, ...(body !== undefined && { body }) });
  return { status: response.status, answer: await response.json(), allow: response.headers.get('allow') };
}

describe('the header x-simulator-steps', () => {
  it('scripts the one request that has it, and leaves the queue alone', async () => {
    simulator.enqueueSteps('503');
    expect(await statuses(1, BODY, { headers: { 'x-simulator-steps': '529' } })).toEqual([529]);
    expect(await statuses(2)).toEqual([503, 200]);
  });

  it.each([['529, ok', 'one step for one request, but found 2'], ['okk', '"okk" is no known word'], ['', 'is no step']])('%j is refused, and is no violation', async (steps, message) => {
    const response = await post(simulator, BODY, { headers: { 'x-simulator-steps': steps } });
    const { error } = await response.json() as Json;
    expect([response.status, error.type, error.message, simulator.violationCount]).toEqual([400, 'invalid_request_error', expect.stringContaining(message), 0]);
    expect(error.message).toMatch(/^x-simulator-steps: /);
  });

  it('works through the official client', async () => {
    const client = new Anthropic({ baseURL: simulator.url, apiKey: 'test-key', maxRetries: 0, openTelemetry: false, logLevel: 'off' });
    const asked = client.messages.create({ ...BODY, messages: [{ role: 'user', content: 'Hello' }] }, { headers: { 'x-simulator-steps': '529' } });
    await expect(asked.catch((error: unknown) => error)).resolves.toBeInstanceOf(OverloadedError);
  });
});

describe('the control endpoint', () => {
  it('appends to the queue and empties it', async () => {
    expect(await control('POST', 'steps', '529*2, ok')).toMatchObject({ status: 200, answer: { added: 3, queued: 3 } });
    expect(await control('POST', 'steps', '500')).toMatchObject({ answer: { added: 1, queued: 4 } });
    expect(await statuses(1)).toEqual([529]);
    expect(await control('DELETE', 'steps')).toMatchObject({ status: 200, answer: { removed: 3 } });
    expect(await statuses(1)).toEqual([200]);
  });

  it('refuses a script that is none, whole', async () => {
    expect(await control('POST', 'steps', '529, nonsense')).toMatchObject({
      status: 400, answer: { type: 'error', error: { type: 'invalid_request_error', message: expect.stringMatching(/^body: "nonsense" is no known word\. Known are/) } },
    });
    expect(await statuses(1)).toEqual([200]);
  });

  it('shows what came, without keys, and counts it', async () => {
    await statuses(1);
    await post(simulator, { ...BODY, messages: [] });
    simulator.enqueueSteps('hang');
    const controller = new AbortController();
    post(simulator, BODY, { signal: controller.signal }).catch(() => undefined);
    await eventually(() => simulator.requests[2]?.body !== undefined);
    expect((await control('GET', 'requests')).answer.counts).toEqual({ requests: 3, violations: 1, in_flight: 1, client_closed: 0 });
    controller.abort();
    await eventually(() => simulator.inFlight === 0);
    const { answer } = await control('GET', 'requests');
    expect(answer.counts).toEqual({ requests: 3, violations: 1, in_flight: 0, client_closed: 1 });
    expect(answer.violations).toEqual(['messages: at least one message is required']);
    expect(answer.requests.map(({ status, client_closed }: Json) => [status, client_closed])).toEqual([[200, false], [400, false], [null, true]]);
    expect(answer.requests[0]).toEqual({
      method: 'POST', path: '/v1/messages', headers: expect.objectContaining({ 'x-api-key': '[redacted]' }), body: BODY, status: 200, client_closed: false,
      received_at: expect.any(Number), closed_at: expect.any(Number),
    });
  });

  it.each([['GET', 'nothing', 404, null], ['GET', 'constructor', 404, null], ['PUT', 'steps', 405, 'POST, DELETE'], ['POST', 'requests', 405, 'GET']])('%s %s gets %i in the shape of the API', async (method, path, status, allow) => {
    expect(await control(method, path)).toMatchObject({ status, allow, answer: { type: 'error', error: { message: expect.any(String) } } });
    expect([simulator.requestCount, simulator.violationCount]).toEqual([0, 0]);
  });
});

describe('a script in the text of a user', () => {
  it('gives each try of that question one step, and is no part of the question', async () => {
    const body = asking('What is 2 + 2? [[529, 503, ok]]', { tools: TOOLS });
    expect(await statuses(2, body)).toEqual([529, 503]);
    expect(((await (await post(simulator, body)).json()) as Json).content[0].input).toEqual({ expression: '2 + 2' });
    expect(await statuses(2, body)).toEqual([200, 200]);
  });

  it('is in no note that the question asks for', async () => {
    const body = asking('Save a note called shopping saying milk and bread [[ok]]', { tools: [{ name: 'save_note', input_schema: { type: 'object' } }] });
    expect(((await (await post(simulator, body)).json()) as Json).content[0].input).toEqual({ filename: 'shopping', content: 'milk and bread' });
  });

  it('belongs to its own text alone, and wins over the queue', async () => {
    simulator.enqueueSteps('404');
    expect(await statuses(1, asking('One [[529]]'))).toEqual([529]);
    expect(await statuses(1, asking('Two [[503]]'))).toEqual([503]);
    expect(await statuses(1, asking('One [[529]]'))).toEqual([200]);
    expect(await statuses(1)).toEqual([404]);
  });

  it('goes on over the tool calls of its question', async () => {
    const question = { role: 'user', content: 'What is 2 + 2? [[ok, 529]]' };
    const first = await (await post(simulator, { ...BODY, tools: TOOLS, messages: [question] })).json() as Json;
    const messages = [question, { role: 'assistant', content: first.content }, { role: 'user', content: [{ type: 'tool_result', tool_use_id: first.content[0].id, content: '4' }] }];
    expect(await statuses(1, { ...BODY, tools: TOOLS, messages })).toEqual([529]);
    expect(((await (await post(simulator, { ...BODY, tools: TOOLS, messages })).json()) as Json).content[0].text).toBe('2 + 2 equals 4.');
  });

  it('says what is wrong with it', async () => {
    const response = await post(simulator, asking('Hello [[529, okk]]'));
    expect([response.status, ((await response.json()) as Json).error.message]).toEqual([400, expect.stringMatching(/^the text: "okk" is no known word/)]);
    expect(simulator.violationCount).toBe(0);
  });

  it('is none when its first word is none: a matrix stays a matrix', async () => {
    expect(await statuses(1, asking('What is [[1, 2], [3, 4]] and [[x]]?'))).toEqual([200]);
    const save = asking('Save a note called m saying "[[1, 2]]"', { tools: [{ name: 'save_note', input_schema: { type: 'object' } }] });
    expect(((await (await post(simulator, save)).json()) as Json).content[0].input.content).toBe('[[1, 2]]');
  });

  it('is remembered for the last thousand texts, and forgotten with the oldest', () => {
    const script = new Script();
    const next = (question: string) => script.next({ header: undefined, model: 'simulated', question, results: 0 })?.kind;
    expect([next('first [[529]]'), next('first [[529]]')]).toEqual(['error', 'ok']);
    for (let text = 0; text < 1_500; text += 1) next(`text ${text} [[529]]`);
    expect(script.textsKept).toBe(1_000);
    expect([next('text 1499 [[529]]'), next('text 0 [[529]]'), next('first [[529]]')]).toEqual(['ok', 'error', 'error']);
  });
});

describe('an outage', () => {
  it('lasts until told otherwise, over the queue and over scripts in texts', async () => {
    simulator.enqueueSteps('404');
    simulator.failEverything(OVERLOADED);
    expect(await statuses(3)).toEqual([529, 529, 529]);
    expect(await statuses(1, asking('Hello [[ok]]'))).toEqual([529]);
    expect(await statuses(1, BODY, { headers: { 'x-simulator-steps': 'ok' } })).toEqual([200]);
    simulator.failEverything(undefined);
    expect(await statuses(2)).toEqual([404, 200]);
  });
});

describe('random faults', () => {
  const outcomes = (script: Script, count: number) => Array.from({ length: count }, () => script.next({ header: undefined, model: 'simulated', question: '', results: 0 }) !== undefined);

  it('are the same for the same seed, others for another, and as many as asked for', () => {
    const [one, same, other] = [7, 7, 8].map((seed) => {
      const script = new Script();
      script.failRandomly({ ratio: 0.5, step: OVERLOADED, seed });
      return outcomes(script, 2_000);
    });
    expect(one).toEqual(same);
    expect(one).not.toEqual(other);
    const share = one!.filter(Boolean).length / 2_000;
    expect(Math.abs(share - 0.5)).toBeLessThan(0.05);
  });

  it.each([[0, 0], [1, 500]])('a ratio of %i fails %i of 500', (ratio, failed) => {
    const script = new Script();
    script.failRandomly({ ratio, step: OVERLOADED, seed: 1 });
    expect(outcomes(script, 500).filter(Boolean).length).toBe(failed);
  });

  it('come over HTTP, behind the queue, and end', async () => {
    simulator.failRandomly({ ratio: 1, step: OVERLOADED, seed: 1 });
    simulator.enqueueSteps('ok');
    expect(await statuses(2)).toEqual([200, 529]);
    simulator.failRandomly(undefined);
    expect(await statuses(1)).toEqual([200]);
  });
});

it('steps that were not played can be taken back', async () => {
  simulator.enqueueSteps('529*3');
  expect(simulator.clearSteps()).toBe(3);
  expect(await statuses(1)).toEqual([200]);
});
