import { readFileSync, writeFileSync } from 'node:fs';

const FILE = 'docs/faults.md';

/** One line of the table, as it was measured. */
export interface FaultResult {
  readonly id: string;
  readonly fault: string;
  readonly client: string;
  readonly metrics: readonly string[];
  readonly events: readonly string[];
}

/**
 * One part of the table in docs/faults.md, written from what the tests have seen. `UPDATE_DOCS=1` writes it (with `-i`: the parts
 * share a file); else the document must say the same.
 */
export class FaultReport {
  private readonly results: FaultResult[] = [];

  constructor(private readonly part: string) {}

  add(result: FaultResult): void {
    this.results.push(result);
  }

  /** @throws Error when the document says something else */
  check(): void {
    const [begin, end] = [`<!-- ${this.part}: begin -->\n`, `<!-- ${this.part}: end -->`];
    const text = readFileSync(FILE, 'utf8');
    const from = text.indexOf(begin);
    const to = text.indexOf(end);
    if (from < 0 || to < from) throw new Error(`${FILE} has no part ${this.part}`);
    const wanted = `${text.slice(0, from)}${begin}\n${this.table()}\n${text.slice(to)}`;
    if (process.env.UPDATE_DOCS === '1') writeFileSync(FILE, wanted);
    else expect(text).toBe(wanted);
  }

  private table(): string {
    const lines = this.results.map(({ id, fault, client, metrics, events }) => `| ${id} | ${fault} | \`${client}\` | ${codes(metrics)} | ${codes(events)} |\n`);
    return `| Row | Fault | The client sees | Metrics that move | Warnings and errors in the log |\n|---|---|---|---|---|\n${lines.join('')}`;
  }
}

function codes(words: readonly string[]): string {
  return words.length === 0 ? 'none' : words.map((word) => `\`${word}\``).join(', ');
}
