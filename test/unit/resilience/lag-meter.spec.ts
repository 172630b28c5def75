import { setTimeout as pause } from 'node:timers/promises';
import * as fc from 'fast-check';
import { LagMeter } from '../../../src/resilience/lag-meter.js';

function recorded(...lags: readonly number[]): LagMeter {
  const meter = new LagMeter();
  for (const lag of lags) meter.record(lag);
  return meter;
}

describe('the lateness of the event loop', () => {
  it('is nothing before the first look, and nothing when looks come on time or early', () => {
    expect(recorded().p99).toBe(0);
    expect(recorded(...Array<number>(300).fill(0)).p99).toBe(0);
    expect(recorded(...Array<number>(300).fill(-3)).p99).toBe(0);
  });

  it('is not told from a single late look, but from the second latest of a hundred', () => {
    expect(recorded(19).p99).toBe(0);
    expect(recorded(19, 0, 7).p99).toBe(7);
    expect(recorded(7, 0, 19).p99).toBe(7);
    expect(recorded(19, 19).p99).toBe(19);
  });

  it('counts the looks that a block swallowed, each with the wait it would have seen', () => {
    expect(recorded(20).p99).toBe(0);
    expect(recorded(25).p99).toBe(5);
    expect(recorded(2_000).p99).toBe(1_980);
    expect(recorded(100_000).p99).toBe(99_980);
  });

  it('remembers the last hundred looks, no older ones', () => {
    expect(recorded(19, 18, ...Array<number>(98).fill(1)).p99).toBe(18);
    expect(recorded(19, 18, ...Array<number>(99).fill(1)).p99).toBe(1);
  });

  it('has forgotten a block of two seconds when a hundred looks have come on time', () => {
    expect(recorded(2_000, ...Array<number>(98).fill(0)).p99).toBeGreaterThan(0);
    expect(recorded(2_000, ...Array<number>(100).fill(0)).p99).toBe(0);
  });

  it('is what a list of all looks, real and missed, says', () => {
    fc.assert(fc.property(fc.array(fc.oneof(fc.nat(30), fc.nat(3_000)), { maxLength: 150, size: 'max' }), (lags) => {
      const all: number[] = Array<number>(100).fill(0);
      for (const lag of lags) for (let late = lag, count = 0; count < 100 && (count === 0 || late >= 0); late -= 20, count++) all.push(late);
      expect(recorded(...lags).p99).toBe(all.slice(-100).sort((one, other) => other - one)[1]);
    }), { seed: 1, numRuns: 300 });
  });
});

describe('a meter that watches', () => {
  it('sees that the loop was blocked, calls back after each look, and stops with its signal', async () => {
    const meter = new LagMeter();
    const ended = new AbortController();
    let looks = 0;
    meter.watch(() => { looks += 1; }, ended.signal);
    while (looks === 0) await pause(5);
    for (const end = performance.now() + 150; performance.now() < end;);
    const before = looks;
    while (looks === before) await pause(5);
    expect(meter.p99).toBeGreaterThanOrEqual(90);
    ended.abort();
    const stopped = looks;
    await pause(60);
    expect(looks).toBe(stopped);
  });
});
