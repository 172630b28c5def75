/** Counts at one moment, in a fixed order. */
interface Sample<Counts> { readonly at: number; readonly counts: Counts }

/** How long samples are kept, and how far apart. */
export interface Resolution {
  readonly everyMilliseconds: number;
  readonly forMilliseconds: number;
}

/**
 * What counters showed in the past: closely spaced for the short windows, widely for the long ones, so that 30 days need
 * some ten thousand samples and not a hundred thousand. Times are those of a clock that never runs backwards.
 */
export class CountHistory<Counts> {
  private readonly tiers: readonly { readonly resolution: Resolution; readonly samples: Sample<Counts>[] }[];

  constructor(private readonly first: Sample<Counts>, resolutions: readonly Resolution[]) {
    this.tiers = resolutions.map((resolution) => ({ resolution, samples: [] }));
  }

  add(at: number, counts: Counts): void {
    for (const { resolution, samples } of this.tiers) {
      if (at - (samples.at(-1)?.at ?? -Infinity) < resolution.everyMilliseconds) continue;
      samples.push({ at, counts });
      while ((samples[0]?.at ?? at) < at - resolution.forMilliseconds) samples.shift();
    }
  }

  /** The last sample at or before a moment; the very first one when all are later. */
  before(moment: number): Sample<Counts> {
    let best = this.first;
    for (const { samples } of this.tiers) {
      const found = samples[lastAtOrBefore(samples, moment)];
      if (found && found.at > best.at) best = found;
    }
    return best;
  }
}

/** Binary search; -1 when there is none. */
function lastAtOrBefore(samples: readonly { readonly at: number }[], moment: number): number {
  let [low, high] = [-1, samples.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((samples[middle]?.at ?? Infinity) <= moment) low = middle;
    else high = middle - 1;
  }
  return low;
}
