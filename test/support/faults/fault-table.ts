import { isValidHistory } from '../../../src/agent/history/valid.js';
import { Clock } from '../../../src/kernel/clock.js';
import { RunReader } from '../../../src/store/run-reader.js';
import { eventually } from '../eventually.js';
import { movedBetween, parseExposition, type Series } from '../exposition.js';
import { RunningApplication } from '../running-application.js';
import { answerOf, inWords, type Answer } from './answer.js';
import { FaultReport } from './fault-report.js';
import type { FaultRow, World } from './fault-row.js';

/** `NIGHTLY=1`: limits are those of production, and a silent model is waited for. */
const MOST_MILLISECONDS = process.env.NIGHTLY === '1' ? 200_000 : 60_000;
const GREETING = 'Hello';
const CLEAN = 'What is 2 + 3?';
/** Waits between attempts are that much shorter, unless a row is about them. */
const HASTE = 10;

/** One test for each row, and one that the document says what they saw. */
export function faultTable(part: string, rows: readonly FaultRow[]): void {
  const report = new FaultReport(part);
  const unhandled: unknown[] = [];
  const keep = (reason: unknown): void => void unhandled.push(reason);
  beforeAll(() => { process.on('unhandledRejection', keep); });
  afterAll(() => { process.off('unhandledRejection', keep); });

  describe(`${part}:`, () => {
    it.each(rows.map((row) => [row.id, row.fault, row] as const))('%s %s', async (_id, _fault, row) => {
      const world = await begin(row);
      try {
        report.add(await play(row, world));
        await expectNothingBroken(world);
      } finally {
        await world.service.stop();
      }
      expect(unhandled).toEqual([]);
    }, MOST_MILLISECONDS);

    it('docs/faults.md says what these tests have seen', () => report.check());
  });
}

/** An application with one conversation in which all is well. */
async function begin({ environment, simulator, realWaits }: FaultRow): Promise<World> {
  const service = await RunningApplication.start(environment, simulator);
  if (!realWaits) hurry(service);
  const first = await answerOf(() => service.chat({ message: GREETING }));
  const conversationId = String(first.body.conversation_id);
  return { service, conversationId, ask: (message = GREETING) => answerOf(() => service.chat({ message, conversation_id: conversationId })) };
}

function hurry(service: RunningApplication): void {
  const clock = service.app.get(Clock, { strict: false });
  const sleep = clock.sleep.bind(clock);
  clock.sleep = (milliseconds, signal) => sleep(milliseconds / HASTE, signal);
}

async function play(row: FaultRow, world: World) {
  const { service } = world;
  const { simulator, log } = service;
  if (typeof row.steps === 'string') simulator.enqueueSteps(row.steps);
  else simulator.enqueue(...row.steps ?? []);
  log.clear();
  const [before, requests] = [await scrape(service), simulator.requestCount];
  const answer = await (row.act?.(world) ?? ask(row, world));
  await eventually(() => simulator.inFlight === 0);
  expect({ client: inWords(answer), ...(row.requests !== undefined && { requests: simulator.requestCount - requests }) })
    .toEqual({ client: row.client, ...(row.requests !== undefined && { requests: row.requests }) });
  expectNothingSecret(answer);
  const moved = movedBetween(before, await scrape(service));
  expect(row.metrics.filter((wanted) => ![...moved.keys()].some((key) => matches(key, wanted)))).toEqual([]);
  const telling = log.lines.filter(({ level, event }) => (level === 'warning' || level === 'error') && event !== 'http.request_completed'); // every 5xx has that
  const events = [...new Set(telling.map(({ event }) => String(event)))].toSorted();
  expect(events).toEqual((row.events ?? []).toSorted());
  await row.check?.(world, answer);
  return { id: row.id, fault: row.fault, client: row.client, metrics: row.metrics, events };
}

function ask({ message = GREETING, stream, headers }: FaultRow, { service, conversationId }: World): Promise<Answer> {
  return answerOf(() => service.chat({ message, conversation_id: conversationId }, { ...(stream && { accept: 'text/event-stream' }), ...headers }));
}

/** What must hold after any fault: the next question is answered, the history is valid, nothing was repaired, nothing hangs. */
async function expectNothingBroken({ service, conversationId, ask: askAgain }: World): Promise<void> {
  service.simulator.clearSteps();
  await eventually(async () => (await askAgain(CLEAN)).text === '2 + 3 equals 5.'); // a breaker may have to close first
  expect(service.simulator.violations).toEqual([]);
  const history = await service.app.get(RunReader, { strict: false }).history(conversationId);
  expect(isValidHistory(history ?? [])).toBe(true);
  expect(await service.metric('history_repaired_total')).toBe(0);
  expect(await service.metric('agent_requests_active')).toBe(0);
  expect(await service.metric('agent_queue_depth')).toBe(0);
}

function expectNothingSecret(answer: Answer): void {
  expect(JSON.stringify([answer.body, answer.events])).not.toMatch(/test-key|127\.0\.0\.1|node_modules|TypeError|SyntaxError|<html|\n\s+at /i);
}

/** `name{label="value"}` is moved by a series that has at least these labels. */
function matches(key: string, wanted: string): boolean {
  const [name, labels = ''] = wanted.replace(/\}$/, '').split('{');
  return key.replace(/\{.*/, '') === name && labels.split(',').every((pair) => key.includes(pair));
}

async function scrape(service: RunningApplication): Promise<Series> {
  return parseExposition(await service.metrics());
}
