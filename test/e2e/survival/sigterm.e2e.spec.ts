import { jest } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isValidHistory } from '../../../src/agent/history/valid.js';
import type { Message } from '../../../src/kernel/transcript.js';
import { Simulator } from '../../../src/llm/simulator/simulator.js';
import { eventually } from '../../support/eventually.js';
import { readEvents, RunsClient, type WireEvent } from '../../support/runs-client.js';
import { Replica } from '../../support/survival/replica.js';

jest.setTimeout(90_000);

let simulator: Simulator;
let folder: string;
let replica: Replica;

const start = (environment: Readonly<Record<string, string>> = {}) => Replica.start({
  ANTHROPIC_API_KEY: 'test-key-0123456789', ANTHROPIC_BASE_URL: simulator.url, DATA_DIR: join(folder, 'data'), NOTES_DIR: join(folder, 'notes'),
  TEST_CHARGES: join(folder, 'charges'), WORKER_CONCURRENCY: '20', ...environment,
});

beforeEach(async () => {
  simulator = await Simulator.start();
  folder = await mkdtemp(join(tmpdir(), 'task-agent-sigterm-'));
  // "Wait 0.5" takes half a second; "Wait for ever" does; "Work" takes many steps.
  simulator.follow(({ question, results }) => {
    const [, seconds] = /^Wait (.+)$/.exec(question) ?? [];
    if (seconds === 'for ever') return { kind: 'hang', when: 'after_headers' };
    if (seconds !== undefined) return { kind: 'slow', milliseconds: Number(seconds) * 1_000, content: [{ type: 'text', text: 'Done waiting.' }] };
    if (results < 8) return { kind: 'slow', milliseconds: 300, content: [{ type: 'tool_use', name: 'calculator', input: { expression: `1 + ${results}` } }] };
    return { kind: 'text', text: 'Worked.' };
  });
});
afterEach(async () => {
  await replica.end('SIGKILL');
  await simulator.close();
  await rm(folder, { recursive: true, force: true });
});

const chat = (message: string, headers: Readonly<Record<string, string>> = {}) => fetch(`${replica.url}/chat`, {
  method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify({ message }),
});
const waits = (count: number) => Array.from({ length: count }, (_, index) => `Wait ${1.5 + index / count}`);

it('finishes what runs, tells who would wait too long, and gives back what others can go on with (P2)', async () => {
  replica = await start({ DRAIN_TIMEOUT: '6', DRAIN_DELAY: '1' });
  const client = new RunsClient(replica.url);
  const json = Promise.all(waits(50).map(async (message) => (await chat(message)).status));
  const streams = Promise.all(waits(40).map(async (message) => readEvents(await chat(message, { accept: 'text/event-stream' }))));
  const endless = Promise.all(Array.from({ length: 10 }, async () => readEvents(await chat('Wait for ever', { accept: 'text/event-stream' }))));
  const queued = await Promise.all(Array.from({ length: 20 }, async () => (await (await client.create({ message: 'Work' }, { prefer: 'respond-async' })).json() as { run_id: string }).run_id));
  const watched = readEvents(await client.get(`/v1/runs/${queued[0]}/events`));
  await eventually(() => simulator.requestCount >= 120);

  const began = performance.now();
  const ended = replica.end('SIGTERM');
  await eventually(async () => (await fetch(`${replica.url}/health/ready`)).status === 503);
  expect((await chat('Wait 0')).status).toBe(503); // it still listens, and says that somebody else must be asked

  expect(await json).toEqual(Array.from({ length: 50 }, () => 200));
  for (const events of await streams) expect(events.at(-1)).toMatchObject({ event: 'run.completed', data: { reply: 'Done waiting.' } });
  for (const events of await endless) expect(events.at(-1)).toMatchObject({ event: 'error', data: { code: 'shutting_down', status: 503, retryable: true } });
  expect(lastOf(await watched)).toMatchObject({ event: 'error', data: { code: 'shutting_down', retryable: true, resume: `/v1/runs/${queued[0]}/events` } });
  expect(await ended).toBe(0);
  expect(performance.now() - began).toBeLessThan(30_000);
  expect(simulator.violations).toEqual([]);

  const asked = simulator.requestCount;
  replica = await start();
  const again = new RunsClient(replica.url);
  const missed = await again.events(String(queued[0]), lastOf(await watched)?.id);
  expect(lastOf(missed)).toMatchObject({ event: 'run.completed', data: { reply: 'Worked.' } });
  for (const id of queued) {
    const run = await again.ended(id);
    expect(run).toMatchObject({ outcome: 'success', attempts: 1, result: { reply: 'Worked.', iterations: 9 } });
    expect(isValidHistory((await again.json(`/v1/conversations/${String(run.conversation_id)}`)).messages as Message[])).toBe(true);
  }
  // Handed back between two steps: no step was paid for twice.
  expect(simulator.requestCount - asked).toBeLessThan(20 * 9);
  expect(simulator.requestCount).toBe(50 + 40 + 10 + 20 * 9);
});

it('ends at once at a second signal, and what was running is found when it starts again (P3)', async () => {
  replica = await start();
  const client = new RunsClient(replica.url);
  const { run_id: id } = await (await client.create({ message: 'Work' }, { prefer: 'respond-async' })).json() as { run_id: string };
  void chat('Wait for ever').catch(() => undefined);
  await eventually(() => simulator.inFlight === 2);
  const began = performance.now();
  const first = replica.end('SIGTERM');
  await eventually(async () => (await fetch(`${replica.url}/health/ready`)).status === 503);
  await replica.end('SIGTERM');
  expect(await first).toBe(130);
  expect(performance.now() - began).toBeLessThan(2_000);
  replica = await start();
  expect(await new RunsClient(replica.url).ended(id)).toMatchObject({ outcome: 'success' });
  const { runs } = await new RunsClient(replica.url).json('/v1/runs?outcome=error') as { runs: object[] };
  expect(runs).toEqual([expect.objectContaining({ message: 'Wait for ever', error_type: 'interrupted', error: expect.objectContaining({ code: 'run_interrupted', retryable: true }) })]);
});

function lastOf(events: readonly WireEvent[]): WireEvent | undefined {
  return events.at(-1);
}
