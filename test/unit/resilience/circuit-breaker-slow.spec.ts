import { CircuitBreaker } from '../../../src/resilience/circuit-breaker.js';
import { FakeClock } from '../../support/fake-clock.js';

const SLOW_MILLISECONDS = 25_000;
const signal = new AbortController().signal;

/** Ten calls of which each begins to answer after so long, and answers for so long. */
async function stateAfter(beginMilliseconds: number, answerMilliseconds: number, tell = true): Promise<string> {
  const clock = new FakeClock();
  const breaker = new CircuitBreaker('llm', clock, { stateChanged: () => undefined, failed: () => undefined, rejected: () => undefined }, { windowMilliseconds: 36_000_000 });
  for (let call = 0; call < 10; call++) {
    await breaker.execute(async (_signal, responded) => {
      clock.advance(beginMilliseconds);
      if (tell) responded();
      clock.advance(answerMilliseconds / 2);
      if (tell) responded();
      clock.advance(answerMilliseconds / 2);
    }, signal);
  }
  return breaker.state;
}

describe('an upstream that says when it begins to answer', () => {
  it('is not slow when it begins early, however long its answer takes', async () => {
    expect(await stateAfter(1_000, 80_000)).toBe('closed');
    expect(await stateAfter(SLOW_MILLISECONDS, 80_000)).toBe('closed');
  });

  it('is slow when it begins late, however short its answer is', async () => {
    expect(await stateAfter(SLOW_MILLISECONDS + 1, 0)).toBe('open');
  });
});

describe('an upstream that does not say so', () => {
  it('is slow when its whole answer takes long', async () => {
    expect(await stateAfter(1_000, 80_000, false)).toBe('open');
    expect(await stateAfter(1_000, 2_000, false)).toBe('closed');
  });
});
