/** Milliseconds between two tellings of the same news: a collector that is down fails every few seconds, for hours. */
const QUIET_MILLISECONDS = 10_000;

/** Tells a message at once, and again only after a while, with the number of times it was not told. Remembers the last one only. */
export function rarely(tell: (message: string, suppressed: number) => void): (message: string) => void {
  let last = { message: '', at: Number.NEGATIVE_INFINITY, suppressed: 0 };
  return (message) => {
    const now = performance.now();
    if (message === last.message && now - last.at < QUIET_MILLISECONDS) {
      last.suppressed += 1;
      return;
    }
    const { suppressed } = message === last.message ? last : { suppressed: 0 };
    last = { message, at: now, suppressed: 0 };
    tell(message, suppressed);
  };
}
