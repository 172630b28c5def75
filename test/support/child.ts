import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXECUTABLE } from './built-application.js';
import { SCRIPT } from './pseudo-terminal.js';

export interface ChildOptions {
  /** Added to a bare environment: nothing of the developer's own reaches the child. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Written to stdin, which is then closed. Without it stdin stays open. */
  readonly input?: string;
  /** Default: an empty temporary folder, so that no `.env` is read by accident. */
  readonly cwd?: string;
  /** The Node to run on. Default: the one that runs the tests. */
  readonly node?: string;
  /** Runs it at a terminal of its own, by `script` of util-linux: everything that the terminal shows is on stdout. */
  readonly terminal?: boolean;
}

export interface Ended {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

type StreamName = 'stdout' | 'stderr';

/** Far more than anything here needs on a slow machine, and less than the time of a test: a hang is shown with its output. */
const PATIENCE_MILLISECONDS = 25_000;
/** Characters of each stream that a complaint shows. */
const MOST_SHOWN = 2_000;

const running = new Set<Child>();

/** `bin/task-agent.mjs` as a process of its own, with what it wrote so far. */
export class Child {
  readonly ended: Promise<Ended>;
  private readonly written = { stdout: '', stderr: '' };

  private constructor(readonly process: ChildProcessWithoutNullStreams, private readonly words: string, folder: string) {
    for (const name of ['stdout', 'stderr'] as const) {
      process[name].setEncoding('utf8').on('data', (text: string) => { this.written[name] += text; });
    }
    process.stdin.on('error', () => undefined); // It may end before it has read everything.
    this.ended = new Promise((resolve) => {
      process.once('close', (code) => {
        running.delete(this);
        rmSync(folder, { recursive: true, force: true });
        resolve({ code, ...this.written });
      });
    });
    running.add(this);
  }

  static start(words: readonly string[], { environment = {}, input, cwd, node = process.execPath, terminal = false }: ChildOptions = {}): Child {
    const folder = mkdtempSync(join(tmpdir(), 'task-agent-child-'));
    const command = [node, EXECUTABLE, ...words];
    const [program = '', ...rest] = terminal ? [SCRIPT, '--quiet', '--return', '--command', command.join(' '), '/dev/null'] : command;
    const child = spawn(program, rest, {
      cwd: cwd ?? folder,
      env: {
        PATH: process.env.PATH, HOME: folder, PORT: '0', DRAIN_DELAY: '0', SIMULATOR_FIRST_TOKEN: '0', SIMULATOR_TOKENS_PER_SECOND: '0',
        NOTES_DIR: join(folder, 'notes'), DATA_DIR: join(folder, 'data'), ...environment,
      },
    });
    if (input !== undefined) child.stdin.end(input);
    return new Child(child, words.join(' '), folder);
  }

  /** Runs to its end. @throws Error with the output when it does not end. */
  static run(words: readonly string[], options: ChildOptions = {}): Promise<Ended> {
    return Child.start(words, { input: '', ...options }).end();
  }

  /** Ends what a test left behind, each by its own id. */
  static async killAll(): Promise<void> {
    await Promise.all([...running].map((child) => {
      child.process.kill('SIGKILL');
      return child.ended;
    }));
  }

  get stdout(): string {
    return this.written.stdout;
  }

  get stderr(): string {
    return this.written.stderr;
  }

  signal(name: NodeJS.Signals): void {
    this.process.kill(name);
  }

  /** Resolves when the process is over. @throws Error with the output when it does not end in time. */
  end(milliseconds = PATIENCE_MILLISECONDS): Promise<Ended> {
    return this.patiently(this.ended, `did not end within ${milliseconds} ms`, milliseconds);
  }

  /** The first match in what a stream said or will say. @throws Error with the output when it never comes. */
  async said(name: StreamName, pattern: RegExp): Promise<RegExpExecArray> {
    const found = Promise.withResolvers<RegExpExecArray>();
    const look = (): void => {
      const match = pattern.exec(this.written[name]);
      if (match) found.resolve(match);
    };
    this.process[name].on('data', look);
    void this.ended.then(() => found.reject(this.complaint(`ended and never said ${String(pattern)} on ${name}`)));
    look();
    try {
      return await this.patiently(found.promise, `did not say ${String(pattern)} on ${name}`);
    } finally {
      this.process[name].off('data', look);
    }
  }

  /** The base URL that the process announced on stderr. */
  async url(): Promise<string> {
    return (await this.said('stderr', /http:\/\/[\w.:[\]-]+/))[0];
  }

  private async patiently<R>(promise: Promise<R>, complaint: string, milliseconds = PATIENCE_MILLISECONDS): Promise<R> {
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => late.reject(this.complaint(complaint)), milliseconds);
    try {
      return await Promise.race([promise, late.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  private complaint(what: string): Error {
    return new Error(`task-agent ${this.words} ${what}.\nstdout:\n${this.stdout.slice(-MOST_SHOWN)}\nstderr:\n${this.stderr.slice(-MOST_SHOWN)}`);
  }
}

/** The JSON objects among the lines of a text; other lines are left out. */
export function jsonLines(text: string): readonly Readonly<Record<string, unknown>>[] {
  return text.split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** The lines of a text that are for people. */
export function plainLines(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('{'));
}
