import { getEventListeners } from 'node:events';
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import { Failure } from '../../../src/kernel/failure.js';
import { remainingMilliseconds, withDeadline } from '../../../src/resilience/deadline.js';

const tooLate = new Failure('too_late', { errorType: 'timeout', publicMessage: 'It took too long.' });
const forever = () => new Promise<never>(() => {});
const timers = () => process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;

function limit(milliseconds: number, outer = new AbortController()) {
  let lateCalls = 0;
  let failures = 0;
  return {
    outer,
    milliseconds,
    signal: outer.signal,
    failure: () => { failures += 1; return tooLate; },
    onLate: () => { lateCalls += 1; },
    get lateCalls() { return lateCalls; },
    get failures() { return failures; },
    get listeners() { return getEventListeners(outer.signal, 'abort').length; },
  };
}

describe('the time that is left', () => {
  it('is known of the signal that work is given, and is never more than its caller has', async () => {
    const outer = limit(1_000);
    await withDeadline(outer, async (signal) => {
      expect(remainingMilliseconds(signal)).toBeLessThanOrEqual(1_000);
      expect(remainingMilliseconds(signal)).toBeGreaterThan(0);
      await withDeadline({ ...outer, milliseconds: 60_000, signal }, async (inner) => expect(remainingMilliseconds(inner)).toBeLessThanOrEqual(1_000));
      await withDeadline({ ...outer, milliseconds: 300, signal }, async (inner) => expect(remainingMilliseconds(inner)).toBeLessThanOrEqual(300));
    });
  });

  it('is without end for any other signal', () => {
    expect(remainingMilliseconds(new AbortController().signal)).toBe(Infinity);
  });

  it('is nothing once it is over', async () => {
    let given = new AbortController().signal;
    await withDeadline(limit(1), async (signal) => { given = signal; await forever(); }).catch(() => undefined);
    await pause(2);
    expect(remainingMilliseconds(given)).toBe(0);
  });
});

describe('work within its time', () => {
  it('gives its result, is not aborted, and leaves no timer or listener', async () => {
    const before = timers();
    const within = limit(60_000);
    let given: AbortSignal | undefined;
    await expect(withDeadline(within, async (signal) => { given = signal; return 'done'; })).resolves.toBe('done');
    expect(given?.aborted).toBe(false);
    expect({ listeners: within.listeners, timers: Math.max(0, timers() - before) }).toEqual({ listeners: 0, timers: 0 });
    expect({ failures: within.failures, late: within.lateCalls }).toEqual({ failures: 0, late: 0 });
  });

  it('gives its own error, also when it throws before it returns a promise', async () => {
    const before = timers();
    const within = limit(60_000);
    const own = new Error('its own');
    await expect(withDeadline(within, () => Promise.reject(own))).rejects.toBe(own);
    await expect(withDeadline(within, () => { throw own; })).rejects.toBe(own);
    expect({ listeners: within.listeners, timers: Math.max(0, timers() - before), late: within.lateCalls }).toEqual({ listeners: 0, timers: 0, late: 0 });
  });

  it('may have longer than a timer can count', async () => {
    await expect(withDeadline(limit(Number.POSITIVE_INFINITY), () => pause(20, 'done'))).resolves.toBe('done');
    await expect(withDeadline(limit(2 ** 40), () => pause(20, 'done'))).resolves.toBe('done');
  });

  it('leaves nothing on a signal that a thousand calls share', async () => {
    const within = limit(60_000);
    await Promise.all(Array.from({ length: 1_000 }, () => withDeadline(within, async () => nextTurn())));
    expect(within.listeners).toBe(0);
  });

  it('holds one listener and one timer while it runs', async () => {
    const before = timers();
    const within = limit(60_000);
    const work = Promise.withResolvers<void>();
    const call = withDeadline(within, () => work.promise);
    expect({ listeners: within.listeners, timers: Math.max(0, timers() - before) }).toEqual({ listeners: 1, timers: 1 });
    work.resolve();
    await call;
  });
});

describe('work whose time is over', () => {
  it('is given up with the failure, even if it never ends and ignores its signal', async () => {
    const before = timers();
    const within = limit(5);
    await expect(withDeadline(within, forever)).rejects.toBe(tooLate);
    expect({ listeners: within.listeners, timers: Math.max(0, timers() - before), failures: within.failures }).toEqual({ listeners: 0, timers: 0, failures: 1 });
  });

  it('sees its signal aborted with that failure', async () => {
    let given: AbortSignal | undefined;
    await withDeadline(limit(5), (signal) => { given = signal; return forever(); }).catch(() => undefined);
    expect(given?.reason).toBe(tooLate);
  });

  it('can not put its own error in front of the failure by reacting to the abort', async () => {
    const work = (signal: AbortSignal) => new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(new Error('my socket closed')));
    });
    await expect(withDeadline(limit(5), work)).rejects.toBe(tooLate);
  });

  it('does not abort the caller’s own signal', async () => {
    const within = limit(5);
    await withDeadline(within, forever).catch(() => undefined);
    expect(within.signal.aborted).toBe(false);
  });

  it.each([['result ignored and told of once', (late: PromiseWithResolvers<string>) => late.resolve('late'), 1], ['error ignored: it obeyed the abort', (late: PromiseWithResolvers<string>) => late.reject(new Error('late')), 0]])(
    'has its late %s', async (_, settle, told) => {
      const unhandled: unknown[] = [];
      const collect = (error: unknown) => unhandled.push(error);
      process.on('unhandledRejection', collect);
      const within = limit(5);
      const late = Promise.withResolvers<string>();
      await expect(withDeadline(within, () => late.promise)).rejects.toBe(tooLate);
      expect(within.lateCalls).toBe(0);
      settle(late);
      await nextTurn();
      await nextTurn();
      process.off('unhandledRejection', collect);
      expect({ late: within.lateCalls, unhandled }).toEqual({ late: told, unhandled: [] });
    });

  it('is not even begun when there was no time to start with', async () => {
    for (const milliseconds of [0, -1, Number.NaN]) {
      let begun = false;
      await expect(withDeadline(limit(milliseconds), async () => { begun = true; })).rejects.toBe(tooLate);
      expect(begun).toBe(false);
    }
  });
});

describe('work whose caller gives up', () => {
  it('is given up at once with the caller’s reason, even if it ignores its signal', async () => {
    const before = timers();
    const within = limit(60_000);
    const reason = new Error('the caller left');
    let given: AbortSignal | undefined;
    const call = withDeadline(within, (signal) => { given = signal; return forever(); });
    within.outer.abort(reason);
    await expect(call).rejects.toBe(reason);
    expect(given?.reason).toBe(reason);
    expect({ listeners: within.listeners, timers: Math.max(0, timers() - before), failures: within.failures }).toEqual({ listeners: 0, timers: 0, failures: 0 });
  });

  it('has its late end reported too', async () => {
    const within = limit(60_000);
    const late = Promise.withResolvers<void>();
    const call = withDeadline(within, () => late.promise);
    within.outer.abort();
    await expect(call).rejects.toMatchObject({ name: 'AbortError' });
    late.resolve();
    await nextTurn();
    expect(within.lateCalls).toBe(1);
  });

  it('is never begun when the caller had left before', async () => {
    const within = limit(60_000);
    const reason = new Error('the caller left');
    within.outer.abort(reason);
    let begun = false;
    await expect(withDeadline(within, async () => { begun = true; })).rejects.toBe(reason);
    expect({ begun, listeners: within.listeners }).toEqual({ begun: false, listeners: 0 });
  });

  it('leaves no unhandled rejection when it makes the caller give up and throws at once', async () => {
    const within = limit(60_000);
    const reason = new Error('the caller left');
    const call = withDeadline(within, () => { within.outer.abort(reason); throw new Error('and it broke'); });
    await expect(call).rejects.toBe(reason);
  });

  it('ends the inner work of nested deadlines with the same reason', async () => {
    const outer = limit(60_000);
    const inner = limit(50_000);
    let given: AbortSignal | undefined;
    const call = withDeadline(outer, (signal) => withDeadline({ ...inner, signal }, (deepest) => { given = deepest; return forever(); }));
    const reason = new Error('the caller left');
    outer.outer.abort(reason);
    await expect(call).rejects.toBe(reason);
    expect(given?.reason).toBe(reason);
  });
});
