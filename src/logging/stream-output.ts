import { pino } from 'pino';
import { prettyFactory } from 'pino-pretty';
import type { LoggingSettings } from '../settings/settings.js';
import { LogOutput, resolveOutput } from './log-output.js';

/** Writes lines to stdout or stderr, synchronously: nothing is lost in a crash, and a broken pipe does not end the process. */
export class StreamOutput extends LogOutput {
  override readonly level: string;
  override readonly json: boolean;
  private readonly format: (line: string) => string;
  private readonly destination: ReturnType<typeof pino.destination>;

  constructor(settings: LoggingSettings, stream: { readonly fileDescriptor: 1 | 2; readonly conversation: boolean; readonly terminal: boolean }) {
    super();
    ({ level: this.level, json: this.json } = resolveOutput(settings, stream));
    this.format = this.json ? (line) => line : readable(stream.terminal);
    this.destination = pino.destination({ fd: stream.fileDescriptor, sync: true });
    // EPIPE, ENOSPC: the service must go on answering although nobody can read its log any more.
    this.destination.on('error', () => undefined);
  }

  override write(line: string): void {
    this.destination.write(this.format(line));
  }
}

function readable(colorize: boolean): (line: string) => string {
  const pretty = prettyFactory({
    colorize, messageKey: 'message', timestampKey: 'timestamp', levelKey: 'level', translateTime: 'SYS:HH:MM:ss.l',
    ignore: 'service,version,environment,instance,event,trace_flags', singleLine: true,
  });
  return (line) => String(pretty(line));
}
