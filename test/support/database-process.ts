import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { APPLICATION_ROOT } from './built-application.js';
import { later } from './database.js';

export interface OtherProcess {
  readonly process: ChildProcess;
  /** What it said so far. */
  readonly lines: readonly string[];
  /** Resolves when it has said a line that begins so. @throws Error with all lines when it ends without */
  said(words: string): Promise<void>;
  /** Resolves when it has ended. */
  readonly over: Promise<unknown>;
  /** Ends it without warning. */
  kill(): Promise<void>;
}

/**
 * `database-child.mjs` with the store at a path or URL: `open` closes it again, `write` writes runs until it is killed, which happens at the
 * end of the test at the latest.
 */
export function otherProcess(what: 'open' | 'write', where: string): OtherProcess {
  const child = spawn(process.execPath, [`${APPLICATION_ROOT}test/support/database-child.mjs`, what, where], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines: string[] = [];
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts);
  });
  const over = once(child, 'close');
  const ended = over.then(() => { throw new Error(`It ended. It said:\n${lines.join('\n')}`); });
  ended.catch(() => undefined); // Of interest to whoever waits for a line only.
  const said = async (words: string): Promise<void> => {
    while (!lines.some((line) => line.startsWith(words))) await Promise.race([once(child.stdout, 'data'), ended]);
  };
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await over;
  };
  later(kill);
  return { process: child, lines, said, over, kill };
}
