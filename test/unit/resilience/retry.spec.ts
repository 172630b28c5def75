import * as fc from 'fast-check';
import { Failure, type FailureDetails } from '../../../src/kernel/failure.js';
import { withDeadline } from '../../../src/resilience/deadline.js';
import { RetryBudget } from '../../../src/resilience/retry-budget.js';
import { Retry } from '../../../src/resilience/retry.js';
import { FakeClock } from '../../support/fake-clock.js';

const never = new AbortController().signal;
const fault = (details: Partial<FailureDetails> = {}) => new Failure('upstream', { errorType: 'api_error', retryable: true, publicMessage: 'It broke.', ...details });
const outOfTime = () => new Failure('too_late', { errorType: 'timeout', publicMessage: 'It took too long.' });

function bench({ attempts = 3, random = 0.5 }: { attempts?: number; random?: number } = {}) {
  const clock = new FakeClock();
  const told: object[] = [];
  const budget = new RetryBudget(clock);
  const retry = new Retry(attempts, budget, clock, { scheduled: (each) => told.push(each), denied: (each) => told.push(each) }, () => random);
  let calls = 0;
  /** Throws these, one each time, and then gives `done`. */
  const run = (errors: readonly unknown[], signal = never) => retry.execute(async () => {
    const error = errors[calls++];
    if (error !== undefined) throw error;
    return 'done';
  }, signal);
  return { clock, told, run, retry, budget, get calls() { return calls; } };
}

describe('an attempt that goes well', () => {
  it('is the only one, with the signal of its caller, and nobody is told', async () => {
    const { retry, told, clock } = bench();
    await expect(retry.execute(async (signal, responded) => [signal, responded()], never)).resolves.toEqual([never, undefined]);
    expect({ told, slept: clock.slept }).toEqual({ told: [], slept: [] });
  });

  it('pays a tenth of a retry back', async () => {
    const { run, budget } = bench();
    while (budget.take()) continue;
    for (let success = 0; success < 9; success++) await run([]);
    expect(budget.take()).toBe(false);
    await run([]);
    expect(budget.take()).toBe(true);
  });
});

describe('an attempt that fails in a way that passes', () => {
  it('is made again after a wait, and each wait is told before it begins', async () => {
    const world = bench();
    await expect(world.run([fault({ errorType: 'overloaded_error' }), fault({ errorType: 'connection_error' })])).resolves.toBe('done');
    expect(world.told).toEqual([
      { reason: 'overloaded', attempt: 1, delayMilliseconds: 500 }, { reason: 'connection', attempt: 2, delayMilliseconds: 500 },
    ]);
    expect(world.clock.slept).toEqual([500, 500]);
  });

  it.each([1, 2, 3, 5])('is made at most %d times in all, and then fails with what came last', async (attempts) => {
    const world = bench({ attempts });
    const errors = Array.from({ length: 9 }, () => fault());
    await expect(world.run(errors)).rejects.toBe(errors[attempts - 1]);
    expect(world.calls).toBe(attempts);
    expect(world.told).toHaveLength(attempts);
    expect(world.told.at(-1)).toEqual({ reason: 'server_error', why: 'attempts' });
  });

  it('costs a retry each time it is made again, and none when it is not', async () => {
    const world = bench();
    await expect(world.run([fault(), fault(), fault()])).rejects.toThrow('It broke.');
    for (let left = 8; left > 0; left--) expect(world.budget.take()).toBe(true);
    expect(world.budget.take()).toBe(false);
  });

  it('is not made again when the process has no retry left', async () => {
    const world = bench();
    while (world.budget.take()) continue;
    const error = fault({ errorType: 'timeout' });
    await expect(world.run([error])).rejects.toBe(error);
    expect({ calls: world.calls, told: world.told, slept: world.clock.slept }).toEqual({ calls: 1, told: [{ reason: 'timeout', why: 'budget' }], slept: [] });
  });

  it('is made again when it was work that threw before it returned a promise', async () => {
    const { retry, clock } = bench();
    let calls = 0;
    await expect(retry.execute(() => { if (calls++ === 0) throw fault(); return Promise.resolve('done'); }, never)).resolves.toBe('done');
    expect(clock.slept).toHaveLength(1);
  });
});

describe('an attempt that would fail again', () => {
  it.each([
    ['the upstream says so', fault({ retryable: false })], ['a part of the answer was seen', fault({ partial: true })],
    ['the breaker refused it', fault({ errorType: 'circuit_open' })], ['nobody knows what it is', new TypeError('bug')], ['it threw no error', 'text'],
  ])('is the last: %s', async (_why, error) => {
    const world = bench();
    await expect(world.run([error])).rejects.toBe(error);
    expect({ calls: world.calls, told: world.told, slept: world.clock.slept }).toEqual({ calls: 1, told: [], slept: [] });
    expect(Array.from({ length: 11 }, () => world.budget.take()).filter(Boolean)).toHaveLength(10);
  });
});

describe('an upstream that says how long to wait', () => {
  it('is not asked earlier, and not by all at once', async () => {
    await fc.assert(fc.asyncProperty(fc.integer({ min: 1, max: 10 }), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), async (seconds, random) => {
      const world = bench({ random });
      await world.run([fault({ errorType: 'rate_limit_error', retryAfterSeconds: seconds })]);
      expect(world.clock.slept[0]).toBeGreaterThan(seconds * 1_000);
      expect(world.clock.slept[0]).toBeLessThanOrEqual(seconds * 1_000 + 510);
    }), { seed: 15, numRuns: 100 });
  });

  it('is not waited for when that is longer than ten seconds: the call ends at once', async () => {
    const world = bench();
    const error = fault({ errorType: 'rate_limit_error', retryAfterSeconds: 11 });
    await expect(world.run([error])).rejects.toBe(error);
    expect({ calls: world.calls, told: world.told, slept: world.clock.slept }).toEqual({ calls: 1, told: [{ reason: 'rate_limit', why: 'retry_after' }], slept: [] });
    expect(Array.from({ length: 11 }, () => world.budget.take()).filter(Boolean)).toHaveLength(10);
  });
});

describe('a caller whose time is limited', () => {
  it.each([
    ['has less than a second left after the wait', 11_000, 1], ['has more than a second left after the wait', 60_000, 2],
  ])('who %s', async (_who, milliseconds, calls) => {
    const world = bench();
    const answer = withDeadline({ milliseconds, signal: never, failure: outOfTime }, (signal) => world.run([fault({ retryAfterSeconds: 10 })], signal));
    if (calls === 2) await expect(answer).resolves.toBe('done');
    else await expect(answer).rejects.toMatchObject({ code: 'upstream' });
    expect(world.calls).toBe(calls);
    expect(world.told).toEqual([calls === 2 ? { reason: 'server_error', attempt: 1, delayMilliseconds: 10_260 } : { reason: 'server_error', why: 'deadline' }]);
    expect(Array.from({ length: 11 }, () => world.budget.take()).filter(Boolean)).toHaveLength(11 - calls);
  });

  it('who gives up during a wait has the reason at once, and no further attempt', async () => {
    const world = bench();
    const caller = new AbortController();
    const reason = new Error('left');
    world.clock.sleep = (_milliseconds, signal) => new Promise((_resolve, reject) => { signal.addEventListener('abort', () => reject(signal.reason)); });
    const answer = world.run([fault()], caller.signal);
    await new Promise(setImmediate);
    caller.abort(reason);
    await expect(answer).rejects.toBe(reason);
    expect({ calls: world.calls, told: world.told.length }).toEqual({ calls: 1, told: 1 });
  });

  it('who gave up during an attempt has the reason, whatever became of the attempt, and pays no retry', async () => {
    const world = bench();
    const caller = new AbortController();
    const reason = new Error('left');
    await expect(world.retry.execute(async () => { caller.abort(reason); throw fault(); }, caller.signal)).rejects.toBe(reason);
    expect({ told: world.told, slept: world.clock.slept }).toEqual({ told: [], slept: [] });
  });
});
