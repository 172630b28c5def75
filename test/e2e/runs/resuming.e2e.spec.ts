import { cleanUp } from '../../support/database.js';
import { freshDatabaseUrl, stopSharedServer } from '../../support/postgres.js';
import { RunningApplication } from '../../support/running-application.js';
import { readEvents, RunsClient, type WireEvent } from '../../support/runs-client.js';

const DROPS = 200;
/** Events that are read at most before the connection is dropped. */
const MOST_READ = 15;
const TEXT = Array.from({ length: 120 }, (_, word) => `word${word}`).join(' ');
const LAST = new Set(['run.completed', 'error']);

afterAll(stopSharedServer);

describe.each<[string, number, () => Promise<Record<string, string>>]>([
  ['a SQLite file', 1, async () => ({})],
  ['two replicas with one Postgres', 2, async () => ({ DATABASE_URL: await freshDatabaseUrl() })],
])('on %s', (_name, count, environment) => {
  let replicas: RunningApplication[];

  beforeAll(async () => {
    const shared = await environment();
    replicas = [];
    for (let started = 0; started < count; started++) replicas.push(await RunningApplication.start(shared, { tokensPerSecond: 300 }));
    for (const { simulator } of replicas) {
      simulator.follow(({ results }) => (results === 0 ? { kind: 'tools', calls: [{ name: 'calculator', input: { expression: '1 + 1' } }], text: 'Let me see. ' } : { kind: 'text', text: TEXT }));
    }
  });
  afterAll(async () => {
    await Promise.all(replicas.map((replica) => replica.stop()));
    await cleanUp();
  });

  const clientOf = (turn: number) => new RunsClient(replicas[turn % replicas.length]?.url ?? '');

  /** Reads a run to its end, dropping the connection again and again; each time another replica is asked. */
  async function readInPieces(turn: number): Promise<{ readonly drops: number; readonly seen: readonly WireEvent[] }> {
    const seen = [...await readEvents(await clientOf(turn).create({ message: `Tell ${turn}` }, { accept: 'text/event-stream' }), 1 + Math.floor(Math.random() * MOST_READ))];
    const id = String(seen[0]?.data.run_id);
    let drops = 0;
    while (!LAST.has(seen.at(-1)?.event ?? '')) {
      drops++;
      seen.push(...await clientOf(turn + drops).events(id, seen.at(-1)?.id, 1 + Math.floor(Math.random() * MOST_READ)));
    }
    return { drops, seen };
  }

  it(`a client that drops its stream ${DROPS} times at any event sees exactly the events it missed`, async () => {
    let drops = 0;
    for (let turn = 0; drops < DROPS; turn += 4) {
      const readers = await Promise.all([0, 1, 2, 3].map((reader) => readInPieces(turn + reader)));
      for (const { drops: some, seen } of readers) {
        drops += some;
        expect(seen).toEqual(await clientOf(turn + some).events(String(seen[0]?.data.run_id)));
        expect(seen.filter(({ event }) => event === 'text.delta').map(({ data }) => data.text).join('')).toBe(`Let me see. ${TEXT}`);
      }
    }
    expect(drops).toBeGreaterThanOrEqual(DROPS);
  }, 120_000);
});
