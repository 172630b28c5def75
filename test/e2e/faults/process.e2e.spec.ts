import { setTimeout as pause } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { Simulator } from '../../../src/llm/simulator/simulator.js';
import { Child } from '../../support/child.js';
import { eventually } from '../../support/eventually.js';
import { answerOf } from '../../support/faults/answer.js';
import { faultTable } from '../../support/faults/fault-table.js';

/** `NIGHTLY=1`: ten minutes of pressure; else some seconds. */
const PRESSURE_SECONDS = process.env.NIGHTLY === '1' ? 600 : 15;
const BLOCKED_MILLISECONDS = 2_000;
/** A scrape starts Node's measurement of the event loop anew, and it is ten milliseconds until it measures again. */
const SETTLED_MILLISECONDS = 100;

function blockTheLoop(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end) continue;
}

faultTable('The process has too much to do', [
  {
    id: 'P8', fault: 'the event loop is blocked for 2 s: new requests are refused until it keeps up again', environment: { SHED_LAG: '0.5' },
    act: async ({ service, ask }) => {
      await pause(SETTLED_MILLISECONDS);
      blockTheLoop(BLOCKED_MILLISECONDS);
      const live = await fetch(`${service.url}/health/live`);
      const answer = await ask();
      expect([live.status, await live.json()]).toEqual([200, { status: 'healthy' }]);
      expect(await service.metric('nodejs_eventloop_lag_max_seconds')).toBeGreaterThan(1.9);
      return answer;
    },
    client: '503 overloaded, Retry-After', requests: 0,
    metrics: ['agent_load_shed_total{cause="event_loop"}', 'agent_load_shedding', 'agent_requests_rejected_total{reason="load_shed"}'], events: ['agent.load_shedding'],
    check: async ({ service }) => {
      await eventually(async () => (await service.metric('agent_load_shedding')) === 0);
    },
  },
  {
    id: 'P11', fault: 'more requests than may run and wait: the rest is refused at once', environment: { MAX_CONCURRENT_RUNS: '1', MAX_QUEUED_RUNS: '1', QUEUE_TIMEOUT: '20' }, simulator: { timeToFirstTokenMilliseconds: 400 },
    act: async ({ service }) => {
      const others = Array.from({ length: 2 }, () => service.chat({ message: 'Hello' }));
      await eventually(async () => (await service.metric('agent_queue_depth')) === 1);
      const answer = await answerOf(() => service.chat({ message: 'Hello' }));
      expect((await Promise.all(others)).map(({ status }) => status)).toEqual([200, 200]);
      return answer;
    },
    client: '503 overloaded, Retry-After', requests: 2, metrics: ['agent_requests_rejected_total{reason="queue_full"}', 'agent_queue_wait_seconds_count'],
  },
]);

describe('P10: with 160 MB of heap and 200 clients at once', () => {
  let simulator: Simulator;
  let url = '';
  let child: Child;
  beforeAll(async () => {
    simulator = await Simulator.start({ keepRequests: 1, tokensPerSecond: 500 });
    child = Child.start(['serve'], { environment: {
      ANTHROPIC_API_KEY: 'test-key-0123456789', ANTHROPIC_BASE_URL: simulator.url, NODE_OPTIONS: '--max-old-space-size=160', LOG_LEVEL: 'ERROR', SHED_LAG: '0',
    } });
    url = await child.url();
  });
  afterAll(async () => {
    await Child.killAll();
    await simulator.close();
  });

  it('the process never runs out of memory: it refuses what it can not take, and answers again when the flood is over', async () => {
    const dispatcher = new Agent({ connections: 200, pipelining: 1 });
    const message = `Hello ${'x'.repeat(30_000)}`;
    const end = performance.now() + PRESSURE_SECONDS * 1_000;
    const statuses = new Map<number, number>();
    await Promise.all(Array.from({ length: 200 }, async () => {
      while (performance.now() < end) {
        const response = await request(`${url}/chat`, {
          method: 'POST', dispatcher, headers: { 'content-type': 'application/json', accept: 'text/event-stream' }, body: JSON.stringify({ message }),
        });
        await response.body.text();
        statuses.set(response.statusCode, (statuses.get(response.statusCode) ?? 0) + 1);
      }
    }));
    await dispatcher.close();
    process.stderr.write(`P10: ${JSON.stringify(Object.fromEntries(statuses))}\n`);
    expect([...statuses.keys()].filter((status) => status !== 200 && status !== 503)).toEqual([]);
    expect(statuses.get(200)).toBeGreaterThan(200);
    await eventually(async () => (await answerOf(() => fetch(`${url}/chat`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"message":"What is 2 + 3?"}' }))).status === 200);
    expect(child.process.exitCode).toBeNull();
    expect(simulator.violations).toEqual([]);
  }, PRESSURE_SECONDS * 1_000 + 60_000);
});
