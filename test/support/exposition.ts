/** Series of a scrape, `name{a="1",b="2"}` with the labels in the order of their names → value. */
export type Series = ReadonlyMap<string, number>;

const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;
const PAIR = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;

/** Reads the Prometheus text format. @throws Error that shows the line which is not of it, or the series that came twice. */
export function parseExposition(text: string): Series {
  const series = new Map<string, number>();
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const sample = SAMPLE.exec(line);
    if (!sample?.[1]) throw new Error(`Not a sample: ${line}`);
    const key = seriesKey(sample[1], Object.fromEntries([...(sample[2] ?? '').matchAll(PAIR)].map(([, label, value]) => [label, value])));
    if (series.has(key)) throw new Error(`The series came twice: ${key}`);
    series.set(key, Number(sample[3]));
  }
  return series;
}

export function seriesKey(name: string, labels: Readonly<Record<string, unknown>> = {}): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}="${String(value)}"`).sort();
  return pairs.length === 0 ? name : `${name}{${pairs.join(',')}}`;
}

/** What changed between two scrapes: series → difference. A series that is new counts from zero. */
export function movedBetween(before: Series, after: Series): Map<string, number> {
  const moved = new Map<string, number>();
  for (const [key, value] of after) {
    const difference = value - (before.get(key) ?? 0);
    if (difference !== 0) moved.set(key, difference);
  }
  return moved;
}
