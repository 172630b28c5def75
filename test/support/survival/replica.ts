import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { EXECUTABLE } from '../built-application.js';

const PRELOADS = ['charging-tool.mjs', 'kill-points.mjs'].map((file) => `--import=${new URL(file, import.meta.url).href}`).join(' ');
/** Milliseconds that a start may take on a slow machine. */
const PATIENCE_MILLISECONDS = 30_000;

const running = new Set<ChildProcess>();
process.once('exit', () => { for (const child of running) child.kill('SIGKILL'); });

/** One `task-agent serve` as a process of its own, with the tool that must not run twice. */
export class Replica {
  private constructor(readonly url: string, private readonly child: ChildProcess) {}

  /** @throws Error with what it said when it does not begin to listen */
  static async start(environment: Readonly<Record<string, string>>): Promise<Replica> {
    const child = spawn(process.execPath, [EXECUTABLE, 'serve'], {
      env: { PATH: process.env.PATH, NODE_OPTIONS: PRELOADS, PORT: '0', LOG_LEVEL: 'ERROR', SHED_LAG: '0', DRAIN_DELAY: '0', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.add(child);
    child.once('exit', () => running.delete(child));
    let said = '';
    const listening = Promise.withResolvers<string>();
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        said += said.length < 10_000 ? text : '';
        const url = /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0];
        if (url !== undefined) listening.resolve(url);
      });
    }
    const complain = () => listening.reject(new Error(`The replica did not begin to listen:\n${said}`));
    child.once('exit', complain);
    const timer = setTimeout(complain, PATIENCE_MILLISECONDS);
    try {
      return new Replica(await listening.promise, child);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Resolves when the process is over by itself. */
  async died(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'exit');
  }

  /** Resolves with the exit code when the process is over; null when the signal ended it. */
  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return this.child.exitCode;
    this.child.kill(signal);
    const [code] = await once(this.child, 'exit') as [number | null];
    return code;
  }
}
