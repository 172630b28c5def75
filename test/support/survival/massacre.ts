import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { isValidHistory } from '../../../src/agent/history/valid.js';
import type { Message } from '../../../src/kernel/transcript.js';
import { Simulator } from '../../../src/llm/simulator/simulator.js';
import { Replica } from './replica.js';
import { Shopper, type Bought } from './shopper.js';
import { SHOPPER } from './shopping.js';

export interface MassacreOptions {
  readonly kills: number;
  readonly replicas: number;
  /** Where the replicas keep their runs; they also get a folder of their own. */
  readonly environment: Readonly<Record<string, string>>;
}

export interface Aftermath {
  readonly kills: number;
  readonly bought: number;
  readonly failed: readonly { readonly order: string; readonly code: string }[];
  /** Orders that were charged more than once. */
  readonly chargedTwice: readonly string[];
  /** Answers that were given and are not on record. */
  readonly lost: readonly string[];
  /** Conversations that no model would take. */
  readonly invalid: readonly string[];
  /** Runs that have not ended when everything should have. */
  readonly unfinished: number;
  readonly violations: readonly string[];
  readonly conversations: number;
  readonly resumed: number;
}

/** Seconds of the scaled lease: short enough that a test sees many runs change hands. */
const LEASE = '1.5';
const SHOPPERS = 6;
/** Model calls between two kills at most: a run makes four, and as many runs as shoppers are under way. */
const MOST_CALLS_PER_LIFE = 40;
const SETTLE_MILLISECONDS = 35_000;

/** Kills processes at random moments while clients buy, and then looks at what is left. */
export async function massacre({ kills, replicas: count, environment }: MassacreOptions): Promise<Aftermath> {
  const simulator = await Simulator.start({ timeToFirstTokenMilliseconds: 5, keepRequests: 10 });
  simulator.follow(SHOPPER);
  const folder = await mkdtemp(join(tmpdir(), 'task-agent-massacre-'));
  const charges = join(folder, 'charges');
  const start = () => Replica.start({
    ANTHROPIC_API_KEY: 'test-key-0123456789', ANTHROPIC_BASE_URL: simulator.url, DATA_DIR: join(folder, 'data'), NOTES_DIR: join(folder, 'notes'),
    TEST_CHARGES: charges, LEASE, ...environment,
  });
  const replicas = await Promise.all(Array.from({ length: count }, start));
  let turn = 0;
  const shoppers = Array.from({ length: SHOPPERS }, (_, index) => new Shopper(`s${index}`, () => replicas[turn++ % replicas.length]?.url ?? ''));
  const closing = new AbortController();
  const shopping = shoppers.map((shopper) => shopper.shop(closing.signal));
  try {
    for (let kill = 0; kill < kills; kill++) {
      await somewhereInTheMiddle(simulator);
      await replicas[kill % count]?.end('SIGKILL');
      replicas[kill % count] = await start();
    }
    closing.abort();
    await Promise.all(shopping);
    const url = replicas[0]?.url ?? '';
    const unfinished = await settled(url);
    const bought = shoppers.flatMap((shopper) => shopper.bought);
    return {
      kills, bought: bought.length, failed: shoppers.flatMap((shopper) => shopper.failed), chargedTwice: twice(charges), unfinished,
      violations: simulator.violations, ...await recordOf(url, bought), resumed: await resumedRuns(url),
    };
  } finally {
    closing.abort();
    await Promise.all(replicas.map((replica) => replica.end('SIGKILL')));
    await simulator.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Waits for a random number of model calls, whatever the speed of the machine, and then for a random part of a step. */
async function somewhereInTheMiddle(simulator: Simulator): Promise<void> {
  const until = simulator.requestCount + Math.random() * MOST_CALLS_PER_LIFE;
  while (simulator.requestCount < until) await wait(2);
  await wait(Math.random() * 20);
}

function twice(file: string): string[] {
  const orders = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  return orders.filter((order, index) => orders.indexOf(order) !== index);
}

/** How many runs have not ended after the time in which they must. */
async function settled(url: string): Promise<number> {
  const end = performance.now() + SETTLE_MILLISECONDS;
  for (;;) {
    const [queued, running] = await Promise.all(['queued', 'running'].map(async (status) => (await list(url, `status=${status}`)).length));
    const open = (queued ?? 0) + (running ?? 0);
    if (open === 0 || performance.now() > end) return open;
    await wait(200);
  }
}

async function recordOf(url: string, bought: readonly Bought[]): Promise<Pick<Aftermath, 'lost' | 'invalid' | 'conversations'>> {
  const lost: string[] = [];
  const invalid: string[] = [];
  const ids = new Set(bought.map(({ conversationId }) => conversationId));
  for (const id of ids) {
    const { messages } = await (await fetch(`${url}/v1/conversations/${id}`)).json() as { messages: readonly Message[] };
    if (!isValidHistory(messages)) invalid.push(id);
    const text = JSON.stringify(messages);
    for (const { order, conversationId, reply } of bought) {
      if (conversationId === id && !(text.includes(`Buy ${order}, please.`) && text.includes(JSON.stringify(reply).slice(1, -1)))) lost.push(order);
    }
  }
  return { lost, invalid, conversations: ids.size };
}

async function resumedRuns(url: string): Promise<number> {
  let resumed = 0;
  for (let cursor = ''; ;) {
    const page = await (await fetch(`${url}/v1/runs?limit=200${cursor === '' ? '' : `&cursor=${cursor}`}`)).json() as { runs: { attempts: number }[]; next_cursor: string | null };
    resumed += page.runs.filter(({ attempts }) => attempts > 1).length;
    if (page.next_cursor === null) return resumed;
    cursor = page.next_cursor;
  }
}

async function list(url: string, query: string): Promise<readonly unknown[]> {
  return ((await (await fetch(`${url}/v1/runs?limit=200&${query}`)).json()) as { runs: unknown[] }).runs;
}
