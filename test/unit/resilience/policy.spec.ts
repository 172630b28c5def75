import { Failure } from '../../../src/kernel/failure.js';
import { CircuitBreaker } from '../../../src/resilience/circuit-breaker.js';
import { DeadlinePolicy } from '../../../src/resilience/deadline.js';
import { UNGUARDED, wrap, type Policy } from '../../../src/resilience/policy.js';
import { RetryBudget } from '../../../src/resilience/retry-budget.js';
import { Retry } from '../../../src/resilience/retry.js';
import { FakeClock } from '../../support/fake-clock.js';

const signal = new AbortController().signal;
const failure = () => new Failure('too_late', { errorType: 'timeout', publicMessage: 'It took too long.' });

function traced(name: string, trace: string[]): Policy {
  return {
    execute: async (work, given) => {
      trace.push(`${name} begins`);
      try {
        return await work(given, () => trace.push(`${name} hears`));
      } finally {
        trace.push(`${name} ends`);
      }
    },
  };
}

describe('policies around each other', () => {
  it('have the first outermost', async () => {
    const trace: string[] = [];
    const policy = wrap(traced('a', trace), traced('b', trace), traced('c', trace));
    await expect(policy.execute(async () => { trace.push('work'); return 'done'; }, signal)).resolves.toBe('done');
    expect(trace).toEqual(['a begins', 'b begins', 'c begins', 'work', 'c ends', 'b ends', 'a ends']);
  });

  it('all hear when the upstream begins to answer', async () => {
    const trace: string[] = [];
    await wrap(traced('a', trace), traced('b', trace), traced('c', trace)).execute(async (_signal, responded) => responded(), signal);
    expect(trace.filter((each) => each.endsWith('hears')).sort()).toEqual(['a hears', 'b hears', 'c hears']);
  });

  it('give the work the signal of the innermost', async () => {
    const inner = new AbortController().signal;
    const narrowing: Policy = { execute: (work) => work(inner, () => undefined) };
    const seen: AbortSignal[] = [];
    const watching: Policy = { execute: (work, given) => { seen.push(given); return work(given, () => undefined); } };
    await wrap(watching, narrowing, watching).execute(async (given) => seen.push(given), signal);
    expect(seen).toEqual([signal, inner, inner]);
    expect(seen[0]).toBe(signal);
    expect(seen[2]).toBe(inner);
  });

  it('let the caller see the very error of the work', async () => {
    const error = new Error('its own');
    await expect(wrap(traced('a', []), traced('b', [])).execute(() => Promise.reject(error), signal)).rejects.toBe(error);
  });

  it('may be one alone', async () => {
    const trace: string[] = [];
    await wrap(traced('a', trace)).execute(async (_signal, responded) => responded(), signal);
    expect(trace).toEqual(['a begins', 'a hears', 'a ends']);
  });

  it('ask the breaker for each attempt, within one deadline for all', async () => {
    const clock = new FakeClock();
    const budget = new RetryBudget(clock);
    const breaker = new CircuitBreaker('llm', clock, { stateChanged: () => undefined, failed: () => undefined, rejected: () => undefined }, { consecutiveFailures: 2 });
    const retry = new Retry(5, budget, clock, { scheduled: () => undefined, denied: () => undefined });
    const signals = new Set<AbortSignal>();
    const work = async (given: AbortSignal): Promise<never> => {
      signals.add(given);
      throw new Failure('upstream', { errorType: 'api_error', retryable: true, publicMessage: 'It broke.' });
    };
    const policy = wrap(new DeadlinePolicy({ milliseconds: 60_000, failure }), retry, breaker);
    await expect(policy.execute(work, signal)).rejects.toMatchObject({ code: 'circuit_open' });
    expect({ state: breaker.state, signals: signals.size, slept: clock.slept.length }).toEqual({ state: 'open', signals: 1, slept: 2 });
  });
});

describe('what needs no guard', () => {
  it('runs with the signal of its caller, and may say that it was answered', async () => {
    await expect(UNGUARDED.execute(async (given, responded) => [given, responded()], signal)).resolves.toEqual([signal, undefined]);
  });

  it('rejects, and does not throw, when it throws at once', async () => {
    await expect(UNGUARDED.execute(() => { throw failure(); }, signal)).rejects.toMatchObject({ code: 'too_late' });
  });
});

describe('a deadline as a policy', () => {
  it('gives work that is in time its own signal, and the caller its result', async () => {
    const policy = new DeadlinePolicy({ milliseconds: 60_000, failure });
    const given = await policy.execute(async (own, responded) => { responded(); return own; }, signal);
    expect(given).not.toBe(signal);
    expect(given.aborted).toBe(false);
  });

  it('fails when the time is over, each execution for itself', async () => {
    const policy = new DeadlinePolicy({ milliseconds: 5, failure });
    for (let time = 0; time < 2; time++) await expect(policy.execute(() => new Promise(() => undefined), signal)).rejects.toMatchObject({ code: 'too_late' });
  });
});
