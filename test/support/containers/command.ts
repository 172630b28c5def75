import { execFile } from 'node:child_process';

export interface CommandOptions {
  readonly cwd?: string;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** It is ended after that. */
  readonly milliseconds?: number;
}

/** Far more than anything but a build needs. */
const PATIENCE_MILLISECONDS = 60_000;
/** Characters of its output that a complaint shows. */
const MOST_SHOWN = 4_000;

/** Runs a program to its end, with the environment given and no other. Returns its stdout. @throws Error with its last words when it fails */
export function command(program: string, words: readonly string[], { cwd, environment = process.env, milliseconds = PATIENCE_MILLISECONDS }: CommandOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, words, { cwd, env: environment, timeout: milliseconds, maxBuffer: 64 * 1_048_576 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${program} ${words.join(' ')}: ${error.killed ? `did not end within ${milliseconds} ms\n` : ''}${(stdout + stderr).slice(-MOST_SHOWN) || error.message}`, { cause: error }));
      else resolve(stdout);
    });
  });
}
