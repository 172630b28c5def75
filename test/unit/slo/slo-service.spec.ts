import { MetricReader, type MetricSample } from '../../../src/kernel/metric-reader.js';
import { SLO_FILE } from '../../../src/slo/generated-files.js';
import { readSlos } from '../../../src/slo/objectives.js';
import { SloService } from '../../../src/slo/slo.service.js';
import { FakeClock } from '../../support/fake-clock.js';

/** What a process would show, set by hand. */
class Counters extends MetricReader {
  success = 0;
  error = 0;
  refused = 0;
  slow = 0;
  usd = 0;

  override async read(metric: string): Promise<readonly MetricSample[]> {
    const sample = (name: string, labels: MetricSample['labels'], value: number) => ({ name, labels, value });
    if (metric === 'agent_request_duration_seconds') {
      return [
        sample(`${metric}_count`, { status: 'success' }, this.success), sample(`${metric}_count`, { status: 'error' }, this.error),
        sample(`${metric}_count`, { status: 'cancelled' }, 7), sample(`${metric}_sum`, { status: 'error' }, 1_000),
        sample(`${metric}_bucket`, { status: 'success', le: 2 }, 0), sample(`${metric}_bucket`, { status: 'success', le: 5 }, this.success - this.slow),
        sample(`${metric}_bucket`, { status: 'success', le: '+Inf' }, this.success),
      ];
    }
    if (metric === 'agent_requests_rejected_total') return [sample(metric, { reason: 'queue_full' }, this.refused), sample(metric, { reason: 'validation' }, 99)];
    return metric === 'llm_cost_usd_total' ? [sample(metric, { model: 'm' }, this.usd), sample(metric, { model: 'n' }, 1)] : [];
  }
}

const MINUTE = 60_000;
let clock: FakeClock;
let counters: Counters;
let service: SloService;

beforeEach(() => {
  clock = new FakeClock();
  counters = new Counters();
  service = new SloService(readSlos(SLO_FILE), counters, clock);
});

/** Lets time pass as the service lives through it: a sample every half minute. */
async function live(minutes: number, each: () => void = () => undefined): Promise<void> {
  for (let half = 0; half < minutes * 2; half++) {
    clock.advance(MINUTE / 2);
    each();
    await service.sample();
  }
}

async function objective(name: string) {
  const found = (await service.report()).objectives.find((each) => each.name === name);
  if (!found) throw new Error(`no objective ${name}`);
  return { ...found, window: (window: string) => found.windows.find((each) => each.window === window) };
}

it('without events there is no ratio: nothing is not the same as all is well', async () => {
  await live(2);
  expect(await objective('availability')).toMatchObject({ state: 'no_events', error_budget_remaining: null });
  expect((await objective('availability')).window('5m')).toMatchObject({ events: 0, bad_ratio: null, burn_rate: null, covered_seconds: 120 });
});

it('refusals for overload are bad, mistakes of clients and cancelled requests are nothing', async () => {
  Object.assign(counters, { success: 90, error: 4, refused: 6 });
  expect((await objective('availability')).window('1h')).toMatchObject({ events: 100, bad: 10, bad_ratio: 0.1, burn_rate: 100 });
});

it('what took longer than the limit is bad for latency only', async () => {
  Object.assign(counters, { success: 100, slow: 20 });
  expect((await objective('latency')).window('5m')).toMatchObject({ events: 100, bad: 20, bad_ratio: 0.2, burn_rate: 4 });
  expect((await objective('availability')).window('5m')).toMatchObject({ bad: 0, bad_ratio: 0 });
});

it('a window forgets what is older, and says how much of it was lived through', async () => {
  await live(10, () => (counters.error += 10));
  await live(10, () => (counters.success += 10));
  const { window } = await objective('availability');
  expect(window('5m')).toMatchObject({ events: 100, bad: 0, covered_seconds: 300 });
  expect(window('30m')).toMatchObject({ events: 400, bad: 200, covered_seconds: 1_200 });
});

it('says what the alerts would say: fast, slowly, and nothing of few events', async () => {
  await live(10, () => (counters.error += 1));
  expect((await objective('availability')).state).toBe('burning_fast');
  await live(10, () => (counters.success += 5_000));
  expect((await objective('availability')).state).toBe('ok'); // the short windows are clean again
});

it('one bad event in a quiet night is no alarm', async () => {
  await live(5, () => (counters.error = 1));
  expect(await objective('availability')).toMatchObject({ state: 'ok', error_budget_remaining: -999 });
});

it('half of what is allowed leaves half of the budget', async () => {
  Object.assign(counters, { success: 99_950, error: 50 });
  expect((await objective('availability')).error_budget_remaining).toBeCloseTo(0.5, 6);
});

it('tells the cost of the last hour and day', async () => {
  await live(30, () => (counters.usd += 0.1));
  await live(60);
  expect((await service.report()).cost).toMatchObject({ budget_usd_per_day: 50, spent_usd_1h: 0, spent_usd_1d: 7, covered_seconds: 5_400 });
});

it('keeps a month in samples that are not many', async () => {
  for (let day = 0; day < 31; day++) {
    for (let tenth = 0; tenth < 144; tenth++) {
      clock.advance(10 * MINUTE);
      counters.success += 1;
      await service.sample();
    }
  }
  expect((await objective('availability')).window('30d')).toMatchObject({ events: 30 * 144, covered_seconds: 30 * 86_400 });
});
