/** Milliseconds between two tellings of the same news: a collector that is down fails every few seconds, for hours. */
const QUIET_MILLISECONDS = 10_000;
/** Messages that are remembered: those of two signals take turns. */
const MOST_REMEMBERED = 20;

/**
 * Tells a message at once, and again only after a while, with the number of times it was not told. Messages that differ in
 * numbers only are the same news: gRPC says after how many seconds it gave up.
 */
export function rarely(tell: (message: string, suppressed: number) => void): (message: string) => void {
  const told = new Map<string, { at: number; suppressed: number }>();
  return (message) => {
    const now = performance.now();
    const news = message.replace(/\d+/g, '0');
    const last = told.get(news);
    if (last && now - last.at < QUIET_MILLISECONDS) {
      last.suppressed += 1;
      return;
    }
    told.delete(news);
    const [oldest] = told.keys();
    if (oldest !== undefined && told.size >= MOST_REMEMBERED) told.delete(oldest);
    told.set(news, { at: now, suppressed: 0 });
    tell(message, last?.suppressed ?? 0);
  };
}
