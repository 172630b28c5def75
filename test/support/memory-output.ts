import { LogOutput } from '../../src/logging/log-output.js';

export type LogRecord = Readonly<Record<string, unknown>> & { readonly event?: string; readonly level: string };

/** Keeps log lines as text and as objects. */
export class MemoryOutput extends LogOutput {
  override readonly json = true;
  readonly text: string[] = [];

  constructor(override readonly level = 'debug') {
    super();
  }

  override write(line: string): void {
    this.text.push(line);
  }

  get lines(): readonly LogRecord[] {
    return this.text.map((line) => JSON.parse(line) as LogRecord);
  }

  /** The lines of one event, in order. */
  of(event: string): readonly LogRecord[] {
    return this.lines.filter((line) => line.event === event);
  }

  clear(): void {
    this.text.length = 0;
  }
}
