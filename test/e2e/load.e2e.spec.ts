import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Agent, request } from 'undici';
import type { RunResult } from '../../src/agent/run-result.js';
import { Simulator } from '../../src/llm/simulator/simulator.js';
import { eventually } from '../support/eventually.js';
import { Upkeep } from '../../src/worker/upkeep.js';
import { RunningApplication } from '../support/running-application.js';

const CONCURRENCY = 16;
const WARM_UP = 300;
const MEASURED = 1_000;
const MEBIBYTE = 1_048_576;
/** What a thousand kept conversations may weigh: some 3 MiB, and room. A leak of 12 kB a request, less than one model call's body, shows. */
const MOST_GROWTH_BYTES = 15 * MEBIBYTE;
/** Both ends of each connection are in this process: our client's, the model's and the tools', and a few for the metrics. */
const MOST_SOCKETS = 2 * (3 * CONCURRENCY + 4);

interface Question {
  readonly message: string;
  readonly expected: RegExp;
  readonly tools: readonly string[];
}

/** The answer of each kind names its own question, so that mixed-up runs would show. */
const KINDS: readonly ((id: number) => Question)[] = [
  (id) => ({ message: `What is ${id} * 7?`, expected: new RegExp(`^${id} \\* 7 equals ${id * 7}\\.$`), tools: ['calculator'] }),
  (id) => ({ message: `What is the weather in ${placeOf(id)}?`, expected: new RegExp(placeOf(id)), tools: ['get_weather'] }),
  (id) => ({ message: `Save a note called load-${id}: text ${id}`, expected: new RegExp(`^I saved the note "load-${id}"`), tools: ['save_note'] }),
  (id) => ({ message: `Search for otter ${id}.`, expected: new RegExp(`"otter ${id}"`), tools: ['web_search'] }),
  () => ({ message: 'Hello', expected: /^Hello! I am the simulated model/, tools: [] }),
];

const places = ['Paris', 'Tokyo', 'Lima', 'Oslo', 'Cairo', 'Berlin', 'Toronto'];
const placeOf = (id: number): string => places[id % places.length] ?? '';

let simulator: Simulator;
let service: RunningApplication;
let client: Agent;
/** What test files that ran earlier in this process left open: it is not this service's. */
let socketsBefore: number;

beforeAll(async () => {
  socketsBefore = resources('TCPSocketWrap');
  // One that forgets its requests: what it would remember of them grows, and is not ours.
  simulator = await Simulator.start({ keepRequests: 10 });
  service = await RunningApplication.start({
    ANTHROPIC_BASE_URL: simulator.url, SEARXNG_URL: `${simulator.url}/simulated/searxng`,
    OPEN_METEO_URL: `${simulator.url}/simulated/open-meteo`, OPEN_METEO_GEOCODING_URL: `${simulator.url}/simulated/open-meteo/geocode`,
  });
  client = new Agent({ connections: CONCURRENCY, pipelining: 1 });
});
afterAll(async () => {
  await client.close();
  await service.stop();
  await simulator.close();
});

async function ask(id: number): Promise<RunResult> {
  const kind = KINDS[id % KINDS.length];
  if (!kind) throw new Error('there is always a kind');
  const { message, expected, tools } = kind(id);
  const response = await request(`${service.url}/chat`, { method: 'POST', dispatcher: client, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ message }) });
  const answer = await response.body.json() as RunResult;
  if (response.statusCode !== 200 || answer.outcome !== 'success' || answer.degraded.length > 0) throw new Error(`${message}: ${response.statusCode} ${JSON.stringify(answer)}`);
  if (!expected.test(answer.reply) || answer.tool_calls.map(({ name, status }) => `${name} ${status}`).join() !== tools.map((name) => `${name} success`).join()) {
    throw new Error(`${message}: ${JSON.stringify(answer)}`);
  }
  return answer;
}

/** Asks the questions from `first` on, sixteen at a time, and returns the ids of the runs. @throws at the first wrong answer */
async function askMany(first: number, count: number): Promise<ReadonlySet<string>> {
  const runs = new Set<string>();
  let next = first;
  await Promise.all(Array.from({ length: CONCURRENCY }, async () => {
    while (next < first + count) runs.add((await ask(next++)).run_id);
  }));
  return runs;
}

/** Bytes in use when everything that can be forgotten is. */
function heapBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  service.log.clear();
  for (let round = 0; round < 3; round++) collect();
  return process.memoryUsage().heapUsed;
}

function resources(kind: string): number {
  return process.getActiveResourcesInfo().filter((name) => name === kind).length;
}

it('1,300 mixed questions, sixteen at a time, are all answered right, and leave nothing behind but what they asked to keep', async () => {
  await askMany(0, WARM_UP);
  const heapBefore = heapBytes();

  const runs = await askMany(WARM_UP, MEASURED);

  expect(runs.size).toBe(MEASURED);
  const growth = heapBytes() - heapBefore;
  expect(growth).toBeLessThan(MOST_GROWTH_BYTES);
  expect(resources('TCPSocketWrap') - socketsBefore).toBeLessThanOrEqual(MOST_SOCKETS);
  await eventually(() => resources('Timeout') < CONCURRENCY);

  expect(simulator.violations).toEqual([]);
  expect(simulator.inFlight).toBe(0);
}, 120_000);

it('every one of them was counted once, and none is still active', async () => {
  const total = WARM_UP + MEASURED;
  expect(await service.metric('agent_requests_total', { status: 'success', user_id: 'unknown' })).toBe(total);
  expect(await service.metric('agent_request_duration_seconds_count', { status: 'success' })).toBe(total);
  expect(await service.metric('agent_requests_total', { status: 'error', user_id: 'unknown' })).toBe(0);
  expect(await service.metric('llm_requests_total', { status: 'success' })).toBe(simulator.requestCount);
  await service.app.get(Upkeep, { strict: false }).count(); // looks by itself every ten seconds
  expect(await service.metric('agent_sessions_active')).toBe(total);
  for (const gauge of ['agent_requests_active', 'llm_requests_active']) expect(await service.metric(gauge)).toBe(0);
  for (const tool of ['calculator', 'get_weather', 'save_note', 'web_search']) expect(await service.metric('tool_calls_total', { tool_name: tool, status: 'success' })).toBe(total / KINDS.length);
  expect(await service.metrics()).not.toMatch(/^metrics_label_overflow_total\{[^}]*\} [1-9]/m);
});

it('every note is there, once', async () => {
  const names = await readdir(join(service.folder, 'notes'));
  expect(new Set(names).size).toBe((WARM_UP + MEASURED) / KINDS.length);
  expect(names.every((name) => /^load-\d+\.md$/.test(name))).toBe(true);
});
