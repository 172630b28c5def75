import { LogOutput } from './log-output.js';

/** Whatever else takes finished lines. Must neither throw nor wait. */
export interface LineSink {
  write(line: string): void;
}

/** Writes each line to an output, and then hands it on. The output stays the truth: levels, format and losses are its own. */
export class TeedOutput extends LogOutput {
  override readonly level: string;
  override readonly json: boolean;

  constructor(private readonly output: LogOutput, private readonly sink: LineSink) {
    super();
    ({ level: this.level, json: this.json } = output);
  }

  override write(line: string): void {
    this.output.write(line);
    this.sink.write(line);
  }

  override onLost(listener: (lines: number) => void): void {
    this.output.onLost(listener);
  }
}
