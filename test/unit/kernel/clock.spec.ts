import { getEventListeners } from 'node:events';
import { SystemClock } from '../../../src/kernel/clock.js';

const clock = new SystemClock();
const never = new AbortController().signal;
const timers = () => process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;

describe('the clock of the machine', () => {
  it.each([0, 0.2, 1, 1.5, 3, 7.9])('never wakes anybody before %p ms are over', async (milliseconds) => {
    for (let night = 0; night < 10; night++) {
      const since = clock.monotonic();
      await clock.sleep(milliseconds, never);
      expect(clock.monotonic() - since).toBeGreaterThanOrEqual(milliseconds);
    }
  });

  it('wakes a sleeper at once whose signal is aborted, with the reason', async () => {
    const caller = new AbortController();
    const reason = new Error('the caller left');
    const before = timers();
    const sleep = clock.sleep(3_600_000, caller.signal);
    expect(timers()).toBe(before + 1);
    caller.abort(reason);
    await expect(sleep).rejects.toBe(reason);
    expect(timers()).toBe(before);
  });

  it('lets nobody fall asleep whose signal was aborted before', async () => {
    const reason = new Error('the caller left');
    const before = timers();
    await expect(clock.sleep(3_600_000, AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(timers()).toBe(before);
  });

  it('leaves nothing on a signal that many sleepers share', async () => {
    const caller = new AbortController();
    const sleeps = Array.from({ length: 100 }, () => clock.sleep(1, caller.signal));
    expect(getEventListeners(caller.signal, 'abort')).toHaveLength(100);
    await Promise.all(sleeps);
    expect(getEventListeners(caller.signal, 'abort')).toHaveLength(0);
  });

  it('never runs backwards', () => {
    let last = clock.monotonic();
    for (let reading = 0; reading < 1_000; reading++) {
      const now = clock.monotonic();
      expect(now).toBeGreaterThanOrEqual(last);
      last = now;
    }
  });

  it('knows the date', () => {
    const [before, wall, after] = [Date.now(), clock.wall().getTime(), Date.now()];
    expect(wall).toBeGreaterThanOrEqual(before);
    expect(wall).toBeLessThanOrEqual(after);
  });
});
