import { jest } from '@jest/globals';
import { setTimeout as wait } from 'node:timers/promises';
import { eventually } from '../../support/eventually.js';
import { PostgresServer } from '../../support/postgres.js';
import { RunningApplication } from '../../support/running-application.js';
import { RunsClient } from '../../support/runs-client.js';

jest.setTimeout(60_000);

let server: PostgresServer;
let service: RunningApplication;

beforeEach(async () => {
  server = await PostgresServer.start();
});
afterEach(async () => {
  await service.stop();
  await server.stop();
});

const ready = async () => (await fetch(`${service.url}/health/ready`)).status;

it('starts without its database, says that it is not ready, and is within 5 s after it is there (D1)', async () => {
  await server.kill();
  service = await RunningApplication.start({ DATABASE_URL: server.url });
  expect([await ready(), (await fetch(`${service.url}/health/live`)).status]).toEqual([503, 200]);
  const refused = await service.chat({ message: 'Hello' });
  expect([refused.status, refused.headers.get('retry-after'), await refused.json()]).toEqual([503, '1', expect.objectContaining({ code: 'store_unavailable', retryable: true })]);
  expect(service.simulator.requestCount).toBe(0);
  expect(await service.metric('store_up')).toBe(0);
  await server.resume();
  const began = performance.now();
  await eventually(async () => await ready() === 200);
  expect(performance.now() - began).toBeLessThan(5_000);
  expect((await service.chat({ message: 'Hello' })).status).toBe(200);
  expect(await service.metric('store_up')).toBe(1);
});

it('acknowledges no answer that it could not keep, and does not pay again for a reply that is on record (D2)', async () => {
  service = await RunningApplication.start({ DATABASE_URL: server.url, LEASE: '2' });
  service.simulator.enqueueSteps('ok, slow:0.5');
  const headers = { 'idempotency-key': 'lost' };
  const client = new RunsClient(service.url);
  const asking = client.create({ message: 'What is 15 multiplied by 23?' }, headers);
  await eventually(() => service.simulator.requestCount === 2); // the first reply and its tool are on record
  await server.kill();
  expect((await asking).status).toBe(503);
  await eventually(async () => await ready() === 503);
  expect((await client.create({ message: 'Hello' })).status).toBe(503); // known to be away: the model is not asked
  expect(service.simulator.requestCount).toBe(2);
  await server.resume();
  await eventually(async () => await ready() === 200);
  let again = await client.create({ message: 'What is 15 multiplied by 23?' }, headers);
  while (again.status !== 200) {
    await wait(100);
    again = await client.create({ message: 'What is 15 multiplied by 23?' }, headers);
  }
  expect(await again.json()).toMatchObject({ reply: '15 multiplied by 23 equals 345.' });
  expect(service.simulator.requestCount).toBe(3); // only the reply that was lost is asked for again
  expect(service.simulator.violations).toEqual([]);
});

it('answers again within 3 s after its database was restarted under load, and nothing is broken (D4)', async () => {
  service = await RunningApplication.start({ DATABASE_URL: server.url });
  const answers: { readonly at: number; readonly status: number }[] = [];
  const requests: Promise<unknown>[] = [];
  const traffic = setInterval(() => requests.push(service.chat({ message: 'Hello' }).then(async (response) => {
    await response.arrayBuffer();
    answers.push({ at: performance.now(), status: response.status });
  })), 50);
  await wait(1_000);
  const gone = performance.now();
  await server.kill();
  await wait(500);
  await server.resume();
  const back = performance.now();
  await wait(4_000);
  clearInterval(traffic);
  await Promise.all(requests);
  const failed = answers.filter(({ status }) => status !== 200);
  expect(new Set(failed.map(({ status }) => status))).toEqual(new Set([503]));
  expect(failed.every(({ at }) => at >= gone && at <= back + 3_000)).toBe(true);
  expect(answers.filter(({ at, status }) => at > back + 3_000 && status === 200).length).toBeGreaterThan(5);
  expect(service.simulator.violations).toEqual([]);
});
