import { Failure } from '../../../src/kernel/failure.js';
import { DeadlinePolicy, remainingMilliseconds } from '../../../src/resilience/deadline.js';

const never = new AbortController().signal;
const forever = () => new Promise<never>(() => {});
const failure = () => new Failure('too_late', { errorType: 'timeout', publicMessage: 'It took too long.' });

describe('a deadline as a policy', () => {
  it('gives each execution its own time, and the work a signal that knows it', async () => {
    const policy = new DeadlinePolicy({ milliseconds: 60_000, failure });
    const remaining = () => policy.execute(async (signal, responded) => { responded(); return remainingMilliseconds(signal); }, never);
    for (const left of [await remaining(), await remaining()]) {
      expect(left).toBeLessThanOrEqual(60_000);
      expect(left).toBeGreaterThan(0);
    }
  });

  it('never gives more than the caller has', async () => {
    const outer = new DeadlinePolicy({ milliseconds: 1_000, failure });
    const inner = new DeadlinePolicy({ milliseconds: 60_000, failure });
    const left = await outer.execute((signal) => inner.execute(async (innermost) => remainingMilliseconds(innermost), signal), never);
    expect(left).toBeLessThanOrEqual(1_000);
  });

  it('ends with its failure when the time is over', async () => {
    await expect(new DeadlinePolicy({ milliseconds: 2, failure }).execute(forever, never)).rejects.toMatchObject({ code: 'too_late' });
  });

  it('ends with the reason of a caller who leaves', async () => {
    const caller = new AbortController();
    const reason = new Error('the caller left');
    const call = new DeadlinePolicy({ milliseconds: 60_000, failure }).execute(forever, caller.signal);
    caller.abort(reason);
    await expect(call).rejects.toBe(reason);
  });

  it('tells of a result that comes too late', async () => {
    const late = Promise.withResolvers<void>();
    let told = 0;
    await new DeadlinePolicy({ milliseconds: 2, failure, onLate: () => { told += 1; } }).execute(() => late.promise, never).catch(() => undefined);
    late.resolve();
    await new Promise(setImmediate);
    expect(told).toBe(1);
  });
});
