import { Failure, type ErrorType } from '../../../src/kernel/failure.js';
import type { BreakerSettings } from '../../../src/resilience/breaker-settings.js';
import { CircuitBreaker } from '../../../src/resilience/circuit-breaker.js';
import { FakeClock } from '../../support/fake-clock.js';

const never = new AbortController().signal;
const fault = (errorType: ErrorType = 'api_error') => new Failure('upstream', { errorType, publicMessage: 'It broke.' });

function bench(settings: Partial<BreakerSettings> = {}) {
  const clock = new FakeClock();
  const events: string[] = [];
  const breaker = new CircuitBreaker('llm', clock, {
    stateChanged: ({ name, from, to }) => events.push(`${name}: ${from} -> ${to}`),
    failed: (name) => events.push(`${name}: failed`),
    rejected: (name) => events.push(`${name}: rejected`),
  }, settings, () => 0);
  const run = async (work: () => Promise<unknown>, times: number) => {
    for (let count = 0; count < times; count += 1) await breaker.execute(work, never).catch(String);
  };
  return {
    clock, events, breaker,
    succeed: (times = 1) => run(async () => 'fine', times),
    fail: (times = 1, error: unknown = fault()) => run(async () => { throw error; }, times),
    succeedSlowly: (times = 1, milliseconds = 25_001) => run(async () => clock.advance(milliseconds), times),
    /** As many failures as successes, never two failures in a row. */
    alternate: async (pairs: number) => {
      for (let pair = 0; pair < pairs; pair += 1) {
        await run(async () => { throw fault(); }, 1);
        await run(async () => 'fine', 1);
      }
    },
    /** A call that ends when the test says so. */
    begin: (signal: AbortSignal = never) => {
      const call = Promise.withResolvers<unknown>();
      const answer = breaker.execute(() => call.promise, signal).catch((error: unknown) => error);
      return {
        succeed: () => { call.resolve('fine'); return answer; },
        fail: (error: unknown = fault()) => { call.reject(error); return answer; },
      };
    },
  };
}

describe('a closed breaker', () => {
  it('hands the work the signal and the caller the answer', async () => {
    const { breaker } = bench();
    await expect(breaker.execute(async (signal) => signal, never)).resolves.toBe(never);
  });

  it('lets the caller see the very error of the work', async () => {
    const { breaker } = bench();
    const error = fault();
    await expect(breaker.execute(() => Promise.reject(error), never)).rejects.toBe(error);
  });

  it('treats work that throws before it returns a promise like work that rejects', async () => {
    const { breaker } = bench({ consecutiveFailures: 1 });
    await expect(breaker.execute(() => { throw fault(); }, never)).rejects.toThrow('It broke.');
    expect(breaker.state).toBe('open');
  });

  it('opens at the fifth failure in a row, not at the fourth', async () => {
    const { breaker, fail } = bench();
    await fail(4);
    expect(breaker.state).toBe('closed');
    await fail();
    expect(breaker.state).toBe('open');
  });

  it('opens at the fifth failure in a row even when they are an hour apart', async () => {
    const { breaker, fail, clock } = bench();
    for (let hour = 0; hour < 5; hour += 1) {
      await fail();
      clock.advance(3_600_000);
    }
    expect(breaker.state).toBe('half_open');
  });

  it('starts counting failures in a row again after a success', async () => {
    const { breaker, fail, succeed } = bench();
    await fail(4);
    await succeed();
    await fail(4);
    expect(breaker.state).toBe('closed');
  });

  it('opens when half of twenty calls failed, not of nineteen', async () => {
    const { breaker, alternate, fail, succeed } = bench();
    await alternate(9);
    await fail();
    expect(breaker.state).toBe('closed');
    await succeed();
    expect(breaker.state).toBe('open');
  });

  it('stays closed when a little less than half of the calls failed', async () => {
    const { breaker, alternate, succeed } = bench();
    await succeed(2);
    await alternate(30);
    expect(breaker.state).toBe('closed');
  });

  it('forgets failures that are a minute old', async () => {
    const { breaker, alternate, fail, clock } = bench();
    await alternate(9);
    clock.advance(60_000);
    await fail(2);
    expect(breaker.state).toBe('closed');
  });

  it('opens when eight of ten calls took longer than 25 seconds, though all succeeded', async () => {
    const { breaker, succeed, succeedSlowly } = bench({ windowMilliseconds: 600_000 });
    await succeed(2);
    await succeedSlowly(7);
    expect(breaker.state).toBe('closed');
    await succeedSlowly();
    expect(breaker.state).toBe('open');
  });

  it('does not call a call of exactly 25 seconds slow', async () => {
    const { breaker, succeedSlowly } = bench({ windowMilliseconds: 6_000_000 });
    await succeedSlowly(30, 25_000);
    expect(breaker.state).toBe('closed');
  });

  it('does not open for fewer than ten slow calls', async () => {
    const { breaker, succeedSlowly } = bench({ windowMilliseconds: 600_000 });
    await succeedSlowly(9);
    expect(breaker.state).toBe('closed');
  });

  it('neither opens nor starts counting again for an error that says nothing about the upstream', async () => {
    const { breaker, fail } = bench();
    await fail(50, fault('invalid_request_error'));
    expect(breaker.state).toBe('closed');
    await fail(4);
    await fail(1, fault('validation'));
    await fail(1);
    expect(breaker.state).toBe('open');
  });

  it('asks the given classifier which errors count', async () => {
    const { breaker, fail } = bench({ countsAsFailure: (error) => error === 'the one that counts' });
    await fail(5, fault());
    expect(breaker.state).toBe('closed');
    await fail(5, 'the one that counts');
    expect(breaker.state).toBe('open');
  });
});

describe('a call that the caller aborts', () => {
  it('is not a failure, whatever it ended with', async () => {
    const { begin, breaker, events } = bench({ consecutiveFailures: 1 });
    const caller = new AbortController();
    const call = begin(caller.signal);
    caller.abort();
    await call.fail(fault('connection_error'));
    expect(breaker.state).toBe('closed');
    expect(events).toEqual([]);
  });

  it('is not a success either: failures around it are still in a row', async () => {
    const { begin, breaker, fail } = bench();
    const caller = new AbortController();
    await fail(4);
    const call = begin(caller.signal);
    caller.abort();
    await call.succeed();
    await fail();
    expect(breaker.state).toBe('open');
  });

  it('is never begun when it was aborted before, and does not count as refused', async () => {
    const { breaker, fail, events } = bench();
    await fail(5);
    events.length = 0;
    let called = false;
    const reason = new Error('the caller left');
    const aborted = breaker.execute(async () => { called = true; }, AbortSignal.abort(reason));
    await expect(aborted).rejects.toBe(reason);
    expect({ called, events }).toEqual({ called: false, events: [] });
  });
});

describe('the listener', () => {
  it('hears of every move, failure and refusal, in order, with the name', async () => {
    const { fail, succeed, events, clock } = bench();
    await fail(5);
    await succeed();
    clock.advance(60_000);
    await succeed(3);
    expect(events).toEqual([
      ...Array<string>(4).fill('llm: failed'),
      'llm: closed -> open', 'llm: failed', 'llm: rejected', 'llm: open -> half_open', 'llm: half_open -> closed',
    ]);
  });

  it('hears of a failure that came too late to move the state', async () => {
    const { begin, fail, events } = bench();
    const late = begin();
    await fail(5);
    events.length = 0;
    await late.fail();
    expect(events).toEqual(['llm: failed']);
  });

  it('does not hear of errors that do not count', async () => {
    const { fail, events } = bench();
    await fail(3, fault('authentication_error'));
    expect(events).toEqual([]);
  });

  it('leaves the breaker consistent when it throws', async () => {
    const clock = new FakeClock();
    const complain = () => { throw new Error('the listener is broken'); };
    const breaker = new CircuitBreaker('llm', clock, { stateChanged: complain, failed: complain, rejected: complain }, { consecutiveFailures: 1 });
    await expect(breaker.execute(() => Promise.reject(fault()), never)).rejects.toThrow('the listener is broken');
    expect(breaker.state).toBe('open');
  });
});
