import { jest } from '@jest/globals';
import { setTimeout as pause } from 'node:timers/promises';
import { PgBossRunQueue } from '../../../src/queue/pg-boss-run-queue.js';
import { eventually } from '../../support/eventually.js';
import { execute, PostgresServer } from '../../support/postgres.js';

jest.setTimeout(60_000);

const RETRY_MILLISECONDS = 50;
/** Of the queue of one process: those of its pool, and one that listens. */
const MOST_CONNECTIONS = 5;

let server: PostgresServer;
let queue: PgBossRunQueue;
let given: string[];
let problems: string[];

beforeAll(async () => {
  server = await PostgresServer.start();
});
afterAll(() => server.stop());
beforeEach(() => {
  given = [];
  problems = [];
  queue = new PgBossRunQueue(server.url, ({ message }) => problems.push(message), RETRY_MILLISECONDS);
});
afterEach(() => queue.close());

const work = () => queue.work(async (runId) => {
  given.push(runId);
  return 'done';
}, 2);

/** Connections of queues that the server has now. */
async function connections(): Promise<number> {
  const [row] = await execute(server.url, "select count(*) from pg_stat_activity where application_name = 'task-agent queue'");
  return Number(row?.['count']);
}

it('gives a run to a worker', async () => {
  await work();
  await queue.send({ runId: 'run_1', priority: 0 });
  await eventually(() => given.includes('run_1'));
});

it('finds a server that was away while it tried many times, and keeps nothing of those tries', async () => {
  await server.kill();
  await work();
  await expect(queue.send({ runId: 'run_2', priority: 0 })).rejects.toMatchObject({ code: 'store_unavailable' });
  await eventually(() => problems.length > 10);
  await server.resume();
  await eventually(async () => queue.send({ runId: 'run_3', priority: 0 }).then(() => true, () => false));
  await eventually(() => given.includes('run_3'), 20_000);
  await pause(1_500); // a look of each of its workers
  expect(await connections()).toBeLessThanOrEqual(MOST_CONNECTIONS);
  await queue.close();
  await eventually(async () => await connections() === 0);
});

it.each(['stop', 'close'] as const)('does not begin to work after %s, though it was about to try once more', async (end) => {
  await server.kill();
  await work();
  await eventually(() => problems.length > 0);
  await queue[end]();
  const before = problems.length;
  await server.resume();
  await pause(5 * RETRY_MILLISECONDS);
  expect(problems.slice(before)).toEqual([]);
  expect(await connections()).toBe(0);
});

it('may be closed while it starts, and is closed then', async () => {
  const working = work();
  await queue.close();
  await working;
  await eventually(async () => await connections() === 0);
  await expect(queue.send({ runId: 'run_4', priority: 0 })).rejects.toMatchObject({ code: 'store_unavailable' });
  expect(await connections()).toBe(0);
});
