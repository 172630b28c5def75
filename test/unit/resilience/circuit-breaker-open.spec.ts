import { Failure, type ErrorType } from '../../../src/kernel/failure.js';
import { CircuitBreaker } from '../../../src/resilience/circuit-breaker.js';
import { FakeClock } from '../../support/fake-clock.js';

const never = new AbortController().signal;
const fault = (errorType: ErrorType = 'api_error', retryAfterSeconds?: number) =>
  new Failure('upstream', { errorType, publicMessage: 'It broke.', ...(retryAfterSeconds !== undefined && { retryAfterSeconds }) });

function bench({ random = 0 }: { random?: number } = {}) {
  const clock = new FakeClock();
  const events: string[] = [];
  const breaker = new CircuitBreaker('llm', clock, {
    stateChanged: ({ to }) => events.push(to),
    failed: () => {},
    rejected: () => events.push('rejected'),
  }, {}, () => random);
  return {
    clock, events, breaker,
    succeed: () => breaker.execute(async () => 'fine', never),
    fail: async (times = 1, error: unknown = fault()) => {
      for (let count = 0; count < times; count += 1) await breaker.execute(() => Promise.reject(error), never).catch(() => undefined);
    },
    refused: () => breaker.execute(async () => 'was called', never).then(
      (result) => { throw new Error(`not refused: ${result}`); },
      (error: unknown) => error as Failure,
    ),
    /** A call that ends when the test says so. */
    begin: () => {
      const call = Promise.withResolvers<never>();
      const answer = breaker.execute(() => call.promise, never).catch(() => undefined);
      return { fail: (error: unknown = fault()) => { call.reject(error); return answer; } };
    },
  };
}

describe('an open breaker', () => {
  it('refuses at once, without calling, and says when to come back', async () => {
    const { fail, refused, clock } = bench();
    await fail(5);
    clock.advance(12_500);
    expect(await refused()).toMatchObject({ name: 'Failure', code: 'circuit_open', errorType: 'circuit_open', retryable: true, retryAfterSeconds: 48 });
  });

  it('does not tell strangers what it guards', async () => {
    const { fail, refused } = bench();
    await fail(5);
    expect((await refused()).publicMessage).not.toContain('llm');
  });

  it('never names a wait of zero seconds', async () => {
    const { fail, breaker, refused, clock } = bench();
    await fail(5);
    clock.advance(59_999.9);
    expect(breaker.retryAfterSeconds).toBe(1);
    expect((await refused()).retryAfterSeconds).toBe(1);
  });

  it('becomes half-open after 60 seconds, not a millisecond before', async () => {
    const { fail, breaker, clock } = bench();
    await fail(5);
    clock.advance(59_999);
    expect(breaker.state).toBe('open');
    clock.advance(1);
    expect(breaker.state).toBe('half_open');
    expect(breaker.retryAfterSeconds).toBeUndefined();
  });

  it.each([[0, 60], [0.5, 63], [0.999_999, 66]])('is spread by up to a tenth of its time: random %f makes it %i s', async (random, seconds) => {
    const { fail, breaker } = bench({ random });
    await fail(5);
    expect(breaker.retryAfterSeconds).toBe(seconds);
  });

  it('does not notice that the date jumps', async () => {
    const { fail, breaker, clock } = bench();
    await fail(5);
    clock.jumpWall(3_600_000);
    expect(breaker.state).toBe('open');
    clock.jumpWall(-7_200_000);
    clock.advance(60_000);
    expect(breaker.state).toBe('half_open');
    expect(clock.wallReads).toBe(0);
  });

  it('is not moved by the end of calls that began before it opened', async () => {
    const { begin, breaker, fail, clock } = bench();
    const [early, late] = [begin(), begin()];
    await fail(5);
    await early.fail();
    clock.advance(60_000);
    expect(breaker.state).toBe('half_open');
    await late.fail();
    expect(breaker.state).toBe('half_open');
  });
});

describe('a cooldown after a rate limit', () => {
  it('refuses until the time the upstream named is over, and stays closed', async () => {
    const { breaker, fail, succeed, refused, clock, events } = bench();
    await fail(1, fault('rate_limit_error', 7));
    expect(await refused()).toMatchObject({ code: 'circuit_open', retryAfterSeconds: 7 });
    clock.advance(6_999);
    expect(breaker.retryAfterSeconds).toBe(1);
    clock.advance(1);
    expect(breaker.retryAfterSeconds).toBeUndefined();
    await succeed();
    expect(breaker.state).toBe('closed');
    expect(events).toEqual(['rejected']);
  });

  it('is never a failure, however often', async () => {
    const { breaker, fail, clock } = bench();
    for (let count = 0; count < 20; count += 1) {
      await fail(1, fault('rate_limit_error', 1));
      clock.advance(1_000);
    }
    expect(breaker.state).toBe('closed');
  });

  it('lasts at most 60 seconds', async () => {
    const { breaker, fail } = bench();
    await fail(1, fault('rate_limit_error', 3_600));
    expect(breaker.retryAfterSeconds).toBe(60);
  });

  it.each([[undefined], [0], [-5], [Number.NaN], [Number.POSITIVE_INFINITY]])('does not begin for a wait of %p', async (seconds) => {
    const { breaker, fail } = bench();
    await fail(1, fault('rate_limit_error', seconds));
    expect(breaker.retryAfterSeconds).toBeUndefined();
  });

  it('does not begin for another error that names a wait', async () => {
    const { breaker, fail } = bench();
    await fail(1, fault('overloaded_error', 30));
    expect(breaker.retryAfterSeconds).toBeUndefined();
  });

  it('is not cut short by a later, shorter one', async () => {
    const { breaker, begin } = bench();
    const [first, second] = [begin(), begin()];
    await first.fail(fault('rate_limit_error', 30));
    await second.fail(fault('rate_limit_error', 2));
    expect(breaker.retryAfterSeconds).toBe(30);
  });

  it('outlasts an opening that ends before it', async () => {
    const { breaker, begin, fail, clock } = bench();
    const limited = begin();
    await fail(5);
    clock.advance(50_000);
    await limited.fail(fault('rate_limit_error', 30));
    expect(breaker.retryAfterSeconds).toBe(30);
    clock.advance(10_000);
    expect([breaker.state, breaker.retryAfterSeconds]).toEqual(['half_open', 20]);
  });
});

describe('a cooldown while a probe is under way', () => {
  it('is what the refused caller is told, since it lasts longer', async () => {
    const { breaker, begin, fail, clock } = bench();
    const limited = begin();
    await fail(5);
    clock.advance(60_000);
    begin();
    await limited.fail(fault('rate_limit_error', 30));
    expect([breaker.state, breaker.retryAfterSeconds]).toEqual(['half_open', 30]);
  });
});

describe('a clock that moves between any two readings', () => {
  it('never makes an open breaker refuse for no time', async () => {
    const clock = new FakeClock();
    const restless = Object.assign(Object.create(clock) as FakeClock, {
      monotonic: () => { clock.advance(0.7); return clock.monotonic(); },
    });
    const breaker = new CircuitBreaker('llm', restless, { stateChanged: () => {}, failed: () => {}, rejected: () => {} }, { openMilliseconds: 50, openMaximumMilliseconds: 50 });
    const waits: unknown[] = [];
    for (let count = 0; count < 2_000; count += 1) {
      const error = await breaker.execute(() => Promise.reject(fault()), never).catch((thrown: unknown) => thrown as Failure);
      if (error.code === 'circuit_open') waits.push(error.retryAfterSeconds);
    }
    expect(waits.length).toBeGreaterThan(1_000);
    expect(new Set(waits)).toEqual(new Set([1]));
  });
});
