import { jest } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { isValidHistory } from '../../../src/agent/history/valid.js';
import type { Message } from '../../../src/kernel/transcript.js';
import { Simulator } from '../../../src/llm/simulator/simulator.js';
import { RunsClient } from '../../support/runs-client.js';
import { Replica } from '../../support/survival/replica.js';
import { SHOPPER, shopping } from '../../support/survival/shopping.js';

jest.setTimeout(60_000);

let simulator: Simulator;
let folder: string;
let replica: Replica | undefined;

const start = (environment: Readonly<Record<string, string>> = {}) => Replica.start({
  ANTHROPIC_API_KEY: 'test-key-0123456789', ANTHROPIC_BASE_URL: simulator.url, DATA_DIR: join(folder, 'data'), NOTES_DIR: join(folder, 'notes'),
  TEST_CHARGES: join(folder, 'charges'), ...environment,
});

beforeEach(async () => {
  simulator = await Simulator.start();
  simulator.follow(SHOPPER);
  folder = await mkdtemp(join(tmpdir(), 'task-agent-kill-'));
});
afterEach(async () => {
  await replica?.end('SIGKILL');
  await simulator.close();
  await rm(folder, { recursive: true, force: true });
});

const charges = () => (existsSync(join(folder, 'charges')) ? readFileSync(join(folder, 'charges'), 'utf8').trim().split('\n') : []);

/** Every write of a run with three tools: what its calls begin with, what they end with, its beginning and its end. */
const POINTS = ['begin:1', ...[1, 2, 3, 4, 5, 6].map((write) => `append:${write}`), 'end:1'].flatMap((point) => [`before:${point}`, `behind:${point}`]);

it.each(POINTS)('killed %s, the same request gets one answer, and the card is charged at most once (P6)', async (point) => {
  replica = await start({ TEST_KILL_AT: point });
  const headers = { 'idempotency-key': 'order-1' };
  const body = { message: shopping('order-1') };
  await expect(new RunsClient(replica.url).create(body, headers).then((response) => response.text())).rejects.toThrow();
  const asked = simulator.requestCount;
  replica = await start();
  const client = new RunsClient(replica.url);
  let response = await client.create(body, headers);
  while (response.status === 409) {
    await wait(20);
    response = await client.create(body, headers);
  }
  const answer = await response.json() as { reply: string; conversation_id: string; run_id: string };
  expect([response.status, answer.reply]).toEqual([200, 'Done with order-1.']);
  expect(charges().filter((order) => order === 'order-1').length).toBeLessThanOrEqual(1);
  expect(isValidHistory((await client.json(`/v1/conversations/${answer.conversation_id}`)).messages as Message[])).toBe(true);
  // Four replies make the run. One that was on record is not asked for again; at most the one that was not is paid for twice.
  expect(simulator.requestCount).toBeLessThanOrEqual(5);
  expect(simulator.requestCount).toBeGreaterThanOrEqual(4);
  expect(asked).toBeLessThanOrEqual(4);
  expect(simulator.violations).toEqual([]);
});

it('a run that kills its process is given up after three attempts, and the others go on (P7)', async () => {
  replica = await start();
  const poisoned = await (await new RunsClient(replica.url).create({ message: shopping('poison') }, { prefer: 'respond-async' })).json() as { run_id: string };
  for (let life = 0; life < 3; life++) {
    await replica.died();
    replica = await start();
  }
  const client = new RunsClient(replica.url);
  expect(await client.ended(poisoned.run_id)).toMatchObject({ outcome: 'error', error_type: 'attempts_exhausted', attempts: 3, error: { code: 'attempts_exhausted', status: 500 } });
  expect(await (await client.create({ message: shopping('order-2') })).json()).toMatchObject({ outcome: 'success' });
});
