import { Failure } from '../../../src/kernel/failure.js';
import { CircuitBreaker } from '../../../src/resilience/circuit-breaker.js';
import { FakeClock } from '../../support/fake-clock.js';

const never = new AbortController().signal;
const fault = () => new Failure('upstream', { errorType: 'api_error', publicMessage: 'It broke.' });

/** A breaker that has just become half-open. */
async function halfOpen() {
  const clock = new FakeClock();
  const events: string[] = [];
  const breaker = new CircuitBreaker('llm', clock, {
    stateChanged: ({ to }) => events.push(to),
    failed: () => {},
    rejected: () => events.push('rejected'),
  }, {}, () => 0);
  const fail = () => breaker.execute(() => Promise.reject(fault()), never).catch(() => undefined);
  for (let count = 0; count < 5; count += 1) await fail();
  clock.advance(60_000);
  expect(breaker.state).toBe('half_open');
  events.length = 0;
  const begin = (signal: AbortSignal = never) => {
    const call = Promise.withResolvers<unknown>();
    const answer = breaker.execute(() => call.promise, signal).catch((error: unknown) => error);
    return {
      answer,
      succeed: () => { call.resolve('fine'); return answer; },
      fail: (error: unknown = fault()) => { call.reject(error); return answer; },
    };
  };
  return { clock, events, breaker, begin, fail, succeed: () => breaker.execute(async () => 'fine', never) };
}

describe('a half-open breaker', () => {
  it('closes after three successes, not after two', async () => {
    const { breaker, succeed } = await halfOpen();
    await succeed();
    await succeed();
    expect(breaker.state).toBe('half_open');
    await succeed();
    expect(breaker.state).toBe('closed');
  });

  it('opens again after one failure, even after two successes', async () => {
    const { breaker, succeed, fail } = await halfOpen();
    await succeed();
    await succeed();
    await fail();
    expect(breaker.state).toBe('open');
  });

  it('lets exactly one of fifty callers through at a time, and refuses the others while that one is still under way', async () => {
    const { clock, breaker } = await halfOpen();
    let inFlight = 0;
    let most = 0;
    let passed = 0;
    for (let round = 0; round < 3; round += 1) {
      const probe = Promise.withResolvers<void>();
      const work = async () => {
        passed += 1;
        inFlight += 1;
        most = Math.max(most, inFlight);
        await probe.promise;
        inFlight -= 1;
      };
      const refusals: Failure[] = [];
      const calls = Array.from({ length: 50 }, () => breaker.execute(work, never).catch((error: Failure) => refusals.push(error)));
      await new Promise(setImmediate);
      expect(refusals).toHaveLength(49);
      expect(refusals.every(({ code, retryAfterSeconds }) => code === 'circuit_open' && retryAfterSeconds === 1)).toBe(true);
      probe.resolve();
      await Promise.all(calls);
      clock.advance(1);
    }
    expect({ most, passed, state: breaker.state }).toEqual({ most: 1, passed: 3, state: 'closed' });
  });

  it('says that it would refuse while a probe is under way, and that it would not between probes', async () => {
    const { breaker, begin } = await halfOpen();
    expect(breaker.retryAfterSeconds).toBeUndefined();
    const probe = begin();
    expect(breaker.retryAfterSeconds).toBe(1);
    await probe.succeed();
    expect(breaker.retryAfterSeconds).toBeUndefined();
  });

  it('gives the permit back when the caller aborts, without a verdict', async () => {
    const { breaker, begin, succeed } = await halfOpen();
    const caller = new AbortController();
    const probe = begin(caller.signal);
    caller.abort();
    await probe.fail();
    expect(breaker.state).toBe('half_open');
    for (let count = 0; count < 3; count += 1) await expect(succeed()).resolves.toBe('fine');
    expect(breaker.state).toBe('closed');
  });

  it('gives the permit back after an error that does not count, without a verdict', async () => {
    const { breaker, begin, succeed } = await halfOpen();
    await begin().fail(new Failure('bad', { errorType: 'invalid_request_error', publicMessage: 'Bad.' }));
    await succeed();
    await succeed();
    expect(breaker.state).toBe('half_open');
    await succeed();
    expect(breaker.state).toBe('closed');
  });

  it('opens again 45 seconds after its first probe, not a millisecond before', async () => {
    const { breaker, begin, clock } = await halfOpen();
    clock.advance(10_000);
    begin();
    clock.advance(44_999);
    expect(breaker.state).toBe('half_open');
    clock.advance(1);
    expect(breaker.state).toBe('open');
  });

  it('is freed from a probe that hangs, and does not listen to it any more', async () => {
    const { breaker, begin, clock, succeed } = await halfOpen();
    const hanging = begin();
    clock.advance(45_000);
    expect(breaker.retryAfterSeconds).toBe(120);
    clock.advance(120_000);
    const next = begin();
    await hanging.fail();
    expect(breaker.state).toBe('half_open');
    await expect(succeed()).rejects.toMatchObject({ code: 'circuit_open' });
    await next.succeed();
    await succeed();
    await hanging.answer;
    expect(breaker.state).toBe('half_open');
  });

  it('does not count the success of an outdated probe', async () => {
    const { breaker, begin, clock, succeed } = await halfOpen();
    const hanging = begin();
    clock.advance(45_000 + 120_000);
    await succeed();
    await succeed();
    await hanging.succeed();
    expect(breaker.state).toBe('half_open');
  });

  it('ignores a probe that ends after the 45 seconds though nobody looked in between', async () => {
    const { breaker, begin, clock, events } = await halfOpen();
    const hanging = begin();
    clock.advance(46_000);
    await hanging.fail();
    expect(events).toEqual(['open']);
    expect(breaker.retryAfterSeconds).toBe(119);
  });

  it('that nobody asked for hours stays as it is and lets the next caller try at once', async () => {
    const { breaker, clock, events, succeed } = await halfOpen();
    clock.advance(3 * 3_600_000);
    expect(breaker.state).toBe('half_open');
    await expect(succeed()).resolves.toBe('fine');
    expect(events).toEqual([]);
  });
});

describe('the time a breaker stays open', () => {
  it('doubles with each re-opening up to 300 seconds', async () => {
    const { breaker, clock, fail } = await halfOpen();
    for (const seconds of [120, 240, 300, 300]) {
      await fail();
      expect(breaker.retryAfterSeconds).toBe(seconds);
      clock.advance(seconds * 1_000);
      expect(breaker.state).toBe('half_open');
    }
  });

  it('also grows when half-open runs out of time', async () => {
    const { breaker, begin, clock } = await halfOpen();
    begin();
    clock.advance(45_000);
    expect(breaker.retryAfterSeconds).toBe(120);
  });

  it('begins at 60 seconds again once the breaker was closed', async () => {
    const { breaker, clock, fail, succeed } = await halfOpen();
    await fail();
    clock.advance(120_000);
    for (let count = 0; count < 3; count += 1) await succeed();
    for (let count = 0; count < 5; count += 1) await fail();
    expect(breaker.retryAfterSeconds).toBe(60);
  });
});

describe('a breaker that closed again', () => {
  it('has forgotten the failures that had opened it', async () => {
    const { breaker, fail, succeed } = await halfOpen();
    for (let count = 0; count < 3; count += 1) await succeed();
    for (let count = 0; count < 4; count += 1) await fail();
    expect(breaker.state).toBe('closed');
  });

  it('is not opened by failures of calls from before', async () => {
    const clock = new FakeClock();
    const breaker = new CircuitBreaker('llm', clock, { stateChanged: () => {}, failed: () => {}, rejected: () => {} }, {}, () => 0);
    const old = Promise.withResolvers<never>();
    const calls = Array.from({ length: 20 }, () => breaker.execute(() => old.promise, never).catch(() => undefined));
    for (let count = 0; count < 5; count += 1) await breaker.execute(() => Promise.reject(fault()), never).catch(() => undefined);
    clock.advance(60_000);
    for (let count = 0; count < 3; count += 1) await breaker.execute(async () => 'fine', never);
    old.reject(fault());
    await Promise.all(calls);
    expect(breaker.state).toBe('closed');
  });
});
