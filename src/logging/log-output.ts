import type { LoggingSettings } from '../settings/settings.js';

/** Where log lines go, decided by the command that runs: a conversation keeps stdout for itself. */
export abstract class LogOutput {
  /** A pino level name: lines below it are not written. */
  abstract readonly level: string;
  abstract readonly json: boolean;
  /** Takes one finished line, with its newline. Must not throw. */
  abstract write(line: string): void;

  /** Is told of lines that could not be written. An output that loses none never tells. */
  onLost(_listener: (lines: number) => void): void {}
}

const PINO_LEVELS = { DEBUG: 'debug', INFO: 'info', WARNING: 'warn', ERROR: 'error', CRITICAL: 'fatal' } as const;

/** What the settings leave open is decided by the stream: people read terminals, machines read pipes. */
export function resolveOutput(
  settings: LoggingSettings, stream: { readonly conversation: boolean; readonly terminal: boolean },
): { readonly level: string; readonly json: boolean } {
  const quiet = stream.conversation && stream.terminal;
  return {
    level: PINO_LEVELS[settings.level ?? (quiet ? 'WARNING' : 'INFO')],
    json: settings.json ?? !stream.terminal,
  };
}
