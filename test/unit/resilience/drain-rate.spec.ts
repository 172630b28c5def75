import { Bulkhead } from '../../../src/resilience/bulkhead.js';
import { DrainRate } from '../../../src/resilience/drain-rate.js';
import { WakingClock } from '../../support/waking-clock.js';

/** One place becomes free every 100 ms, so many times; the last time at `now`. */
function drained(times: number): { readonly rate: DrainRate; readonly now: number } {
  const rate = new DrainRate();
  for (let end = 1; end <= times; end++) rate.ended(end * 100);
  return { rate, now: times * 100 };
}

it('foretells nothing from fewer than eight ends', () => {
  const { rate, now } = drained(7);
  expect(rate.waitMilliseconds(50, now)).toBe(0);
});

it('foretells the wait of the last who waits from how quickly places became free', () => {
  const { rate, now } = drained(8);
  expect(rate.waitMilliseconds(1, now)).toBe(100);
  expect(rate.waitMilliseconds(20, now)).toBe(2_000);
});

it('looks at the last 32 ends only', () => {
  const rate = new DrainRate();
  rate.ended(-1_000_000);
  for (let end = 0; end < 32; end++) rate.ended(end * 10);
  expect(rate.waitMilliseconds(1, 310)).toBe(10);
});

it('foretells a longer wait the longer nothing ends', () => {
  const { rate, now } = drained(8);
  expect(rate.waitMilliseconds(1, now + 700)).toBe(200);
});

it('forgets what was before a time in which nobody waited', () => {
  const { rate, now } = drained(8);
  rate.forget();
  expect(rate.waitMilliseconds(20, now)).toBe(0);
});

describe('a bulkhead whose places become free every 100 ms', () => {
  const LIMITS = { concurrent: 1, queued: 100, waitMilliseconds: 2_000 };
  const { signal } = new AbortController();

  /** Ten calls one after the other, while `waiting` more wait. Resolves with what a further one gets at once, if anything. */
  async function refusalBehind(waiting: number): Promise<unknown> {
    const clock = new WakingClock();
    const bulkhead = new Bulkhead(LIMITS, clock, { queued: () => undefined, admitted: () => undefined });
    const ends: (() => void)[] = [];
    const call = (): Promise<void> => bulkhead.execute(() => new Promise<void>((resolve) => { ends.push(resolve); }), signal);
    const calls = Array.from({ length: 10 + waiting }, () => call().catch(() => undefined));
    for (let end = 0; end < 9; end++) {
      clock.advance(100);
      ends[end]?.();
      await new Promise((resolve) => setImmediate(resolve));
    }
    const refused = await Promise.race([call().catch((error: unknown) => error), new Promise((resolve) => setImmediate(() => resolve('waits')))]);
    clock.advance(10_000);
    for (let end = 9; end < ends.length; end++) ends[end]?.();
    void calls;
    return refused;
  }

  it('lets a caller wait who will probably have his turn in time', async () => {
    expect(await refusalBehind(10)).toBe('waits');
  });

  it('refuses a caller at once who would probably wait too long, although the queue is not full', async () => {
    expect(await refusalBehind(18)).toMatchObject({ code: 'overloaded', errorType: 'queue_full' });
  });
});
