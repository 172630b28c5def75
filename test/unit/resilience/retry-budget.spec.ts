import * as fc from 'fast-check';
import { RetryBudget } from '../../../src/resilience/retry-budget.js';
import { FakeClock } from '../../support/fake-clock.js';

function bench() {
  const clock = new FakeClock();
  const budget = new RetryBudget(clock);
  return { clock, take: () => budget.take(), refund: (times: number) => { for (let count = 0; count < times; count++) budget.refund(); } };
}

/** How many retries can be made at this moment. */
function rest(take: () => boolean): number {
  let taken = 0;
  while (take()) taken += 1;
  return taken;
}

describe('the budget of retries', () => {
  it('has ten to begin with', () => {
    expect(rest(bench().take)).toBe(10);
  });

  it('allows one a second when it is used up, not two', () => {
    const { clock, take } = bench();
    rest(take);
    clock.advance(999);
    expect(rest(take)).toBe(0);
    clock.advance(1);
    expect(rest(take)).toBe(1);
    clock.advance(5_000);
    expect(rest(take)).toBe(1);
  });

  it('gets one back for ten calls that went well, and none for nine', () => {
    const { take, refund } = bench();
    rest(take);
    refund(9);
    expect(rest(take)).toBe(0);
    refund(1);
    expect(rest(take)).toBe(1);
    refund(30);
    expect(rest(take)).toBe(3);
  });

  it('never saves up more than ten', () => {
    const { take, refund } = bench();
    refund(1_000);
    expect(rest(take)).toBe(10);
  });

  it('is not in debt for the one a second that it always allows', () => {
    const { clock, take, refund } = bench();
    rest(take);
    clock.advance(1_000);
    take();
    refund(10);
    expect(rest(take)).toBe(1);
  });

  it('does not ask for the date', () => {
    const { clock, take } = bench();
    take();
    expect(clock.wallReads).toBe(0);
  });
});

type Step = { do: 'take' } | { do: 'refund'; times: number } | { do: 'advance'; milliseconds: number };
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.constant<Step>({ do: 'take' }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('refund' as const), times: fc.constantFrom(1, 3, 10, 200) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('advance' as const), milliseconds: fc.constantFrom(1, 400, 999, 1_000, 60_000) }) },
);

it('agrees with one that counts in whole tenths, whatever happens', () => {
  fc.assert(fc.property(fc.array(step, { minLength: 20, maxLength: 120, size: 'max' }), (story) => {
    const { clock, take, refund } = bench();
    let [tenths, last] = [100, -Infinity];
    for (const each of story) {
      if (each.do === 'advance') clock.advance(each.milliseconds);
      if (each.do === 'refund') { refund(each.times); tenths = Math.min(100, tenths + each.times); }
      if (each.do !== 'take') continue;
      const may = tenths >= 10 || clock.monotonic() - last >= 1_000;
      expect(take()).toBe(may);
      if (may) [tenths, last] = [Math.max(0, tenths - 10), clock.monotonic()];
    }
  }), { seed: 12, numRuns: 500 });
});
