import { pino } from 'pino';
import { prettyFactory } from 'pino-pretty';
import type { LoggingSettings } from '../settings/settings.js';
import { terminalText } from '../kernel/text.js';
import { LogOutput, resolveOutput } from './log-output.js';

/** Characters that wait for a reader who does not read; more is dropped, so that the log can not use up the memory. */
const MOST_UNWRITTEN = 8_388_608;

/** Writes lines to stdout or stderr, synchronously: nothing is lost in a crash, and a broken pipe does not end the process. */
export class StreamOutput extends LogOutput {
  override readonly level: string;
  override readonly json: boolean;
  private readonly format: (line: string) => string;
  private readerIsGone = false;
  private lost: (lines: number) => void = () => undefined;
  private readonly destination: ReturnType<typeof pino.destination>;

  constructor(settings: LoggingSettings, stream: { readonly fileDescriptor: 1 | 2; readonly conversation: boolean; readonly terminal: boolean }) {
    super();
    ({ level: this.level, json: this.json } = resolveOutput(settings, stream));
    this.format = this.json ? (line) => line : readable(stream.terminal);
    this.destination = pino.destination({ fd: stream.fileDescriptor, sync: true, maxLength: MOST_UNWRITTEN });
    // EPIPE, ENOSPC: the service must go on answering although nobody can read its log any more. After EPIPE nobody ever will, and
    // the destination says nothing more; what another error keeps from being written is tried again with the next line.
    this.destination.on('error', ({ code }: NodeJS.ErrnoException) => { this.readerIsGone ||= code === 'EPIPE'; });
    this.destination.on('drop', () => this.lost(1));
  }

  override onLost(listener: (lines: number) => void): void {
    this.lost = listener;
  }

  override write(line: string): void {
    if (!this.readerIsGone) this.destination.write(this.format(line)); // synchronous: by now it is known whether somebody reads
    if (this.readerIsGone) this.lost(1);
  }
}

function readable(colorize: boolean): (line: string) => string {
  const pretty = prettyFactory({
    colorize, messageKey: 'message', timestampKey: 'timestamp', levelKey: 'level', translateTime: 'SYS:HH:MM:ss.l',
    customLevels: 'debug:20,info:30,warning:40,error:50,critical:60', customColors: 'debug:blue,info:green,warning:yellow,error:red,critical:bgRed,message:cyan',
    ignore: 'service,version,environment,instance,event,trace_flags', singleLine: true,
  });
  return (line) => String(pretty(harmless(JSON.parse(line))));
}

/** JSON escapes control characters by itself; read back and shown to a person, they would take over the terminal. */
function harmless(value: unknown): unknown {
  if (typeof value === 'string') return terminalText(value);
  if (Array.isArray(value)) return value.map(harmless);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, entry]) => [terminalText(name), harmless(entry)]));
}
