import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { debianProgram, type DebianProgram } from './debian/program.js';
import { eventually } from './eventually.js';
import { LEASH } from './leash.js';

export const PROMETHEUS: DebianProgram = { package: 'prometheus', program: 'prometheus' };
export const ALERTMANAGER: DebianProgram = { package: 'prometheus-alertmanager', program: 'prometheus-alertmanager' };
const READY_MILLISECONDS = 30_000;

/** One series of an answer to a query. */
export interface QueryResult {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

export interface Exemplar { readonly labels: Readonly<Record<string, string>>; readonly value: string }

/** Prometheus or Alertmanager as a process of its own on a port of loopback, with a folder that goes when it goes. */
export class Monitor {
  private output = '';

  private constructor(readonly url: string, private readonly process: ChildProcess, private readonly folder: string) {
    process.stderr?.setEncoding('utf8').on('data', (text: string) => { this.output += text; });
  }

  /** Its scrapes and rules are those of the file. @throws Error with its last words when it does not start */
  static prometheus(configFile: string, port: number): Promise<Monitor> {
    return Monitor.start([debianProgram(PROMETHEUS)], port, (folder) => [
      `--config.file=${configFile}`, `--storage.tsdb.path=${folder}`, `--web.listen-address=127.0.0.1:${port}`, '--enable-feature=exemplar-storage', '--log.level=warn',
    ]);
  }

  static alertmanager(configFile: string, port: number): Promise<Monitor> {
    const program = debianProgram(ALERTMANAGER);
    return Monitor.start([...withItsShare(program), program], port, (folder) => [
      `--config.file=${configFile}`, `--storage.path=${folder}`, `--web.listen-address=127.0.0.1:${port}`, '--cluster.listen-address=', '--log.level=warn',
    ]);
  }

  private static async start(program: readonly string[], port: number, words: (folder: string) => readonly string[]): Promise<Monitor> {
    const folder = mkdtempSync(join(tmpdir(), 'task-agent-monitor-'));
    const process = spawn('sh', ['-c', LEASH, 'sh', ...program, ...words(folder)], { stdio: ['pipe', 'ignore', 'pipe'] });
    const monitor = new Monitor(`http://127.0.0.1:${port}`, process, folder);
    await eventually(() => monitor.isReady(), READY_MILLISECONDS).catch((error: unknown) => { throw new Error(`${program.at(-1)} did not start: ${monitor.output.slice(-2_000)}`, { cause: error }); });
    return monitor;
  }

  /** An instant query. @throws Error with what Prometheus says of a query that is none */
  async query(expression: string): Promise<readonly QueryResult[]> {
    return (await this.ask<{ result: QueryResult[] }>('query', { query: expression })).result;
  }

  async exemplars(expression: string): Promise<readonly Exemplar[]> {
    const now = Date.now() / 1_000;
    const found = await this.ask<{ exemplars: Exemplar[] }[]>('query_exemplars', { query: expression, start: String(now - 600), end: String(now + 60) });
    return found.flatMap(({ exemplars }) => exemplars);
  }

  async ask<T>(path: string, parameters: Readonly<Record<string, string>> = {}): Promise<T> {
    const answer = await fetch(`${this.url}/api/v1/${path}?${new URLSearchParams(parameters).toString()}`);
    const { status, data, error } = await answer.json() as { status: string; data: T; error?: string };
    if (status !== 'success') throw new Error(`${path} ${JSON.stringify(parameters)}: ${error}`);
    return data;
  }

  /** Ends it, and waits for that. */
  async stop(): Promise<void> {
    const over = new Promise((resolve) => this.process.once('close', resolve));
    this.process.stdin?.end();
    await over;
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async isReady(): Promise<boolean> {
    return fetch(`${this.url}/-/ready`).then(({ ok }) => ok, () => false);
  }
}

/**
 * Debian's Alertmanager reads a template from /usr/share. Unpacked and not installed, it gets the package's own folder in that place, which
 * only this process sees. Words to put before the program; none when it is installed.
 */
function withItsShare(program: string): readonly string[] {
  if (!program.includes('/')) return [];
  const share = join(dirname(program), '../share');
  return ['unshare', ...(process.getuid?.() === 0 ? [] : ['--map-root-user']), '--mount', 'sh', '-c', 'mount --bind "$0" /usr/share && exec "$@"', share];
}
