import * as fc from 'fast-check';
import { BreakerWindow } from '../../../src/resilience/breaker-window.js';

const fine = { failed: false, slow: false };

describe('the window of a breaker', () => {
  it('begins empty', () => {
    expect(new BreakerWindow(60_000).totals(0)).toEqual({ calls: 0, failures: 0, slow: 0 });
  });

  it('counts calls, failures and slow calls apart, across its buckets', () => {
    const window = new BreakerWindow(60_000);
    window.record(fine, 0);
    window.record({ failed: true, slow: false }, 15_000);
    window.record({ failed: false, slow: true }, 30_000);
    window.record({ failed: true, slow: true }, 59_999);
    expect(window.totals(59_999)).toEqual({ calls: 4, failures: 2, slow: 2 });
  });

  it('forgets a call when its bucket leaves', () => {
    const window = new BreakerWindow(60_000);
    window.record(fine, 9_999);
    window.record(fine, 10_000);
    expect(window.totals(59_999).calls).toBe(2);
    expect(window.totals(60_000).calls).toBe(1);
    expect(window.totals(70_000).calls).toBe(0);
  });

  it('remembers every call for at least 50 and never for 60 of its 60 seconds, whenever it came', () => {
    fc.assert(fc.property(fc.double({ min: 0, max: 1e9, noNaN: true }), (at) => {
      const window = new BreakerWindow(60_000);
      window.record(fine, at);
      expect(window.totals(at + 49_999).calls).toBe(1);
      expect(window.totals(at + 60_001).calls).toBe(0);
    }), { seed: 1, numRuns: 500 });
  });

  it('does not grow with the time it is used', () => {
    const window = new BreakerWindow(60_000);
    for (let now = 0; now < 36_000_000; now += 7_000) window.record(fine, now);
    expect((Reflect.get(window, 'buckets') as Map<number, unknown>).size).toBeLessThanOrEqual(6);
  });
});
