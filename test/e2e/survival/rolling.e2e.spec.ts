import { jest } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Simulator } from '../../../src/llm/simulator/simulator.js';
import { cleanUp } from '../../support/database.js';
import { freshDatabaseUrl, stopSharedServer } from '../../support/postgres.js';
import { readEvents, RunsClient, type WireEvent } from '../../support/runs-client.js';
import { Replica } from '../../support/survival/replica.js';

const ROLLS = 20;
const REQUESTS_PER_SECOND = 20;
/** As long as `preStop` lets a process live that gets no new requests, scaled. */
const PRE_STOP_MILLISECONDS = 200;
/** Less than a lease: nobody waits until a run is found again that a replaced process left behind. */
const LONGEST_MILLISECONDS = 25_000;
const QUESTION = { message: 'What is 15 multiplied by 23?' };

jest.setTimeout(300_000);
afterAll(stopSharedServer);

/** What a load balancer knows: who gets the next request. */
class Rotation {
  private next = 0;

  constructor(readonly replicas: Replica[]) {}

  url(): string {
    return this.replicas[this.next++ % this.replicas.length]?.url ?? '';
  }
}

/** One request of each kind in turn. @throws Error when it was not answered as it should be */
async function request(kind: number, rotation: Rotation): Promise<void> {
  const client = new RunsClient(rotation.url());
  if (kind % 3 === 0) return expectAnswer(await client.create(QUESTION));
  if (kind % 3 === 1) return expectStream(await readEvents(await client.create(QUESTION, { accept: 'text/event-stream' })), rotation);
  const { run_id: id } = await (await client.create(QUESTION, { prefer: 'respond-async' })).json() as { run_id: string };
  for (;;) {
    const run = await new RunsClient(rotation.url()).json(`/v1/runs/${id}`);
    if (run.status === 'ended') {
      if (run.outcome !== 'success') throw new Error(`a run ended with ${JSON.stringify(run)}`);
      return;
    }
    await wait(100);
  }
}

/** On a slow machine a run outlives its process's `preStop`: then the stream says where it goes on, and a client goes there. */
async function expectStream(events: readonly WireEvent[], rotation: Rotation): Promise<void> {
  const last = events.at(-1);
  if (last?.event === 'run.completed') return;
  if (last?.event !== 'error' || typeof last.data.resume !== 'string') throw new Error(`a stream ended with ${JSON.stringify(last)}`);
  await expectStream(await readEvents(await new RunsClient(rotation.url()).get(last.data.resume, { 'last-event-id': String(last.id) })), rotation);
}

async function expectAnswer(response: Response): Promise<void> {
  const text = await response.text();
  if (response.status !== 200 || !text.includes('equals 345')) throw new Error(`answered ${response.status} ${text.slice(0, 300)}`);
}

it(`fails no request while two replicas are replaced one after the other ${ROLLS} times under load (P4)`, async () => {
  const simulator = await Simulator.start({ timeToFirstTokenMilliseconds: 50 });
  const folder = await mkdtemp(join(tmpdir(), 'task-agent-rolling-'));
  const shared = {
    ANTHROPIC_API_KEY: 'test-key-0123456789', ANTHROPIC_BASE_URL: simulator.url, DATABASE_URL: await freshDatabaseUrl(),
    DATA_DIR: folder, NOTES_DIR: join(folder, 'notes'), TEST_CHARGES: join(folder, 'charges'),
  };
  const rotation = new Rotation([await Replica.start(shared), await Replica.start(shared)]);
  const requests: Promise<string | undefined>[] = [];
  let longest = 0;
  const timed = async (kind: number): Promise<string | undefined> => {
    const began = performance.now();
    const problem = await request(kind, rotation).then(() => undefined, String);
    longest = Math.max(longest, performance.now() - began);
    return problem;
  };
  const traffic = setInterval(() => requests.push(timed(requests.length)), 1_000 / REQUESTS_PER_SECOND);
  const codes: (number | null)[] = [];
  try {
    for (let roll = 0; roll < ROLLS; roll++) {
      const fresh = await Replica.start(shared);
      const [old] = rotation.replicas.splice(0, 1);
      rotation.replicas.push(fresh);
      await wait(PRE_STOP_MILLISECONDS);
      codes.push(await old?.end('SIGTERM') ?? null);
    }
    clearInterval(traffic);
    const failed = (await Promise.all(requests)).filter((problem) => problem !== undefined);
    process.stderr.write(`${requests.length} requests during ${ROLLS} replacements, ${failed.length} failed, the longest took ${Math.round(longest)} ms\n`);
    expect(failed).toEqual([]);
    expect(longest).toBeLessThan(LONGEST_MILLISECONDS);
    expect(codes).toEqual(Array.from({ length: ROLLS }, () => 0));
    expect(simulator.violations).toEqual([]);
  } finally {
    clearInterval(traffic);
    await Promise.all(rotation.replicas.map((replica) => replica.end('SIGKILL')));
    await simulator.close();
    await rm(folder, { recursive: true, force: true });
    await cleanUp();
  }
});
