import { getEventListeners } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Bulkhead, type BulkheadLimits } from '../../../src/resilience/bulkhead.js';
import { WakingClock } from '../../support/waking-clock.js';

const limits: BulkheadLimits = { concurrent: 1, queued: 2, waitMilliseconds: 2_000 };

function bench(given: Partial<BulkheadLimits> = {}) {
  const clock = new WakingClock();
  const depths: number[] = [];
  const waits: number[] = [];
  const bulkhead = new Bulkhead({ ...limits, ...given }, clock, { queued: (depth) => depths.push(depth), admitted: (waited) => waits.push(waited) });
  const started: string[] = [];
  /** A call that ends when the test says so. */
  const call = (name: string, caller = new AbortController()) => {
    const work = Promise.withResolvers<string>();
    const answer = bulkhead.execute(async () => { started.push(name); return work.promise; }, caller.signal);
    answer.catch(() => undefined);
    return { answer, caller, end: async () => { work.resolve(name); await nextTurn(); }, endLater: () => work.resolve(name), fail: work.reject };
  };
  return { clock, depths, waits, started, call, bulkhead };
}

describe('a bulkhead with a free place', () => {
  it('runs the work at once, with the signal of its caller, and tells nobody', async () => {
    const { bulkhead, depths, waits } = bench();
    const { signal } = new AbortController();
    await expect(bulkhead.execute(async (given, responded) => [given, responded()], signal)).resolves.toEqual([signal, undefined]);
    expect({ depths, waits, listeners: getEventListeners(signal, 'abort').length }).toEqual({ depths: [], waits: [], listeners: 0 });
  });

  it('lets the caller see the very error of the work, and has the place back', async () => {
    const { bulkhead, call, started } = bench();
    const error = new Error('its own');
    await expect(bulkhead.execute(async () => { throw error; }, new AbortController().signal)).rejects.toBe(error);
    await expect(bulkhead.execute(() => { throw error; }, new AbortController().signal)).rejects.toBe(error);
    call('next');
    expect(started).toEqual(['next']);
  });

  it('does not begin for a caller who left before', async () => {
    const { call, started } = bench();
    const caller = new AbortController();
    const reason = new Error('left');
    caller.abort(reason);
    await expect(call('late', caller).answer).rejects.toBe(reason);
    call('next');
    expect(started).toEqual(['next']);
  });
});

describe('a bulkhead whose places are taken', () => {
  it('lets the next ones in when a place becomes free, in the order in which they came', async () => {
    const { call, started, depths, waits, clock } = bench();
    const first = call('first');
    const second = call('second');
    const third = call('third');
    clock.advance(700);
    await first.end();
    expect(started).toEqual(['first', 'second']);
    clock.advance(300);
    await second.end();
    await third.end();
    expect({ started, depths, waits }).toEqual({ started: ['first', 'second', 'third'], depths: [1, 2, 1, 0], waits: [700, 1_000] });
    await expect(third.answer).resolves.toBe('third');
    expect(clock.sleeping).toBe(0);
  });

  it('gives a free place to who waits, also when somebody new asks in the same moment', async () => {
    const { call, started, bulkhead } = bench();
    const first = call('first');
    const second = call('second');
    const newcomer = first.answer.then(() => bulkhead.execute(async () => started.push('newcomer'), new AbortController().signal));
    await first.end();
    expect(started).toEqual(['first', 'second']);
    await second.end();
    await newcomer;
    expect(started).toEqual(['first', 'second', 'newcomer']);
  });

  it('refuses at once who does not fit into the queue', async () => {
    const { call, started } = bench();
    ['first', 'second', 'third'].forEach((name) => call(name));
    await expect(call('fourth').answer).rejects.toMatchObject({ code: 'overloaded', errorType: 'queue_full', retryable: true });
    expect(started).toEqual(['first']);
  });

  it('lets nobody wait when it has no queue', async () => {
    const { call } = bench({ queued: 0 });
    call('first');
    await expect(call('second').answer).rejects.toMatchObject({ errorType: 'queue_full' });
  });

  it('refuses who waited for as long as one may, and not a moment earlier', async () => {
    const { call, clock, depths } = bench();
    const first = call('first');
    const second = call('second');
    let refused = false;
    second.answer.catch(() => { refused = true; });
    clock.advance(1_999);
    await nextTurn();
    expect(refused).toBe(false);
    clock.advance(1);
    await expect(second.answer).rejects.toMatchObject({ code: 'overloaded', errorType: 'queue_full' });
    expect({ depths, listeners: getEventListeners(second.caller.signal, 'abort').length, sleeping: clock.sleeping }).toEqual({ depths: [1, 0], listeners: 0, sleeping: 0 });
    await first.end();
    expect(call('third').answer).toBeDefined();
  });

  it('lets go at once of who gives up, with the reason', async () => {
    const { call, clock, depths, started } = bench();
    const first = call('first');
    const second = call('second');
    call('third');
    const reason = new Error('left');
    second.caller.abort(reason);
    await expect(second.answer).rejects.toBe(reason);
    expect({ depths, sleeping: clock.sleeping }).toEqual({ depths: [1, 2, 1], sleeping: 1 });
    await first.end();
    expect(started).toEqual(['first', 'third']);
  });

  it.each([
    ['gives up', (second: { caller: AbortController }) => second.caller.abort(new Error('left'))],
    ['has waited long enough', (_second: unknown, clock: WakingClock) => clock.advance(2_000)],
  ])('loses no place to somebody who %s in the moment in which it becomes free', async (_how, leave) => {
    for (let between = 0; between < 24; between++) {
      const { call, clock, started } = bench();
      const first = call('first');
      const second = call('second');
      const steps = [() => first.endLater(), () => leave(second, clock)];
      if (between % 2 === 1) steps.reverse();
      steps[0]?.();
      for (let tick = 0; tick < between / 2; tick++) await Promise.resolve();
      steps[1]?.();
      await nextTurn();
      if (started.includes('second')) await second.end();
      call('third');
      expect(started.at(-1)).toBe('third');
    }
  });

  it('tells a signal of nothing once its call is over', async () => {
    const { call } = bench();
    const first = call('first');
    const second = call('second');
    expect(getEventListeners(second.caller.signal, 'abort')).toHaveLength(1);
    await first.end();
    await second.end();
    expect(getEventListeners(second.caller.signal, 'abort')).toHaveLength(0);
  });
});
