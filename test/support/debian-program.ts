import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { APPLICATION_ROOT } from './built-application.js';

const CACHE = join(APPLICATION_ROOT, 'node_modules/.cache/debian');

/** A program that tests need, and where Debian has it. */
export interface DebianProgram {
  readonly package: string;
  readonly program: string;
  /** Another release of Debian than this machine's, for a newer version. Only root may ask for it. */
  readonly suite?: string;
}

/**
 * The path of a program: on PATH (unless another release is asked for), or kept by an earlier run, or from Debian's package, which
 * is downloaded and unpacked below node_modules/.cache. Nothing is installed.
 * @throws Error that says why it is not to be had
 */
export function debianProgram(wanted: DebianProgram): string {
  if (wanted.suite === undefined && works(wanted.program)) return wanted.program;
  const folder = join(CACHE, wanted.suite ?? 'own', wanted.package);
  const path = join(folder, 'usr/bin', wanted.program);
  if (!works(path)) fetchApart(wanted, folder);
  if (works(path)) return path;
  throw new Error(`Debian's package ${wanted.package} has no ${wanted.program} that runs here`);
}

function works(path: string): boolean {
  return spawnSync(path, ['--version']).status === 0;
}

/** In a folder of this process, then put in place as a whole: two test workers may want the same package at the same time. */
function fetchApart(wanted: DebianProgram, folder: string): void {
  const apart = `${folder}.${process.pid}`;
  try {
    fetch(wanted, apart);
    rmSync(folder, { recursive: true, force: true });
    renameSync(apart, folder);
  } catch (error) {
    if (!works(join(folder, 'usr/bin', wanted.program))) throw error;
  } finally {
    rmSync(apart, { recursive: true, force: true });
  }
}

function fetch({ package: name, suite }: DebianProgram, folder: string): void {
  process.stderr.write(`Fetching Debian's package ${name}${suite === undefined ? '' : ` of ${suite}`} into ${folder} (once; nothing is installed).\n`);
  mkdirSync(folder, { recursive: true });
  const environment = suite === undefined ? {} : { APT_CONFIG: releaseOf(suite) };
  // A machine whose package lists are missing or stale can not download; only root may renew them.
  const attempts = suite === undefined ? [['download', name], ['update'], ['download', name]] : [['update'], ['download', name]];
  const problems = attempts.map((words, index) => (index > 0 && archiveIn(folder) !== undefined ? undefined : run('apt-get', words, folder, environment)));
  const archive = archiveIn(folder);
  if (archive === undefined) throw new Error(problems.findLast((problem) => problem !== undefined) ?? 'apt-get downloaded nothing');
  const problem = run('dpkg-deb', ['-x', archive, '.'], folder);
  rmSync(join(folder, archive));
  if (problem !== undefined) throw new Error(problem);
}

function archiveIn(folder: string): string | undefined {
  return readdirSync(folder).find((name) => name.endsWith('.deb'));
}

/** A configuration of apt that knows one release only, from where this machine gets its own packages, and leaves the system's alone. */
function releaseOf(suite: string): string {
  const root = join(CACHE, suite, 'apt');
  for (const folder of ['lists/partial', 'archives/partial']) mkdirSync(join(root, folder), { recursive: true });
  const { stdout } = spawnSync('apt-get', ['indextargets', '--format', '$(SITE)', 'Created-By: Packages'], { encoding: 'utf8' });
  const [site = ''] = stdout.split('\n');
  writeFileSync(join(root, 'sources.list'), `deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${site} ${suite} main\n`);
  writeFileSync(join(root, 'status'), '');
  writeFileSync(join(root, 'config'), [
    `Dir::Etc::sourcelist "${root}/sources.list"; Dir::Etc::sourceparts "-"; Dir::State::lists "${root}/lists"; Dir::State::status "${root}/status";`,
    `Dir::Cache "${root}"; Dir::Cache::archives "${root}/archives"; APT::Sandbox::User "root"; Acquire::Languages "none";`,
  ].join('\n'));
  return join(root, 'config');
}

/** Runs a command. Returns what went wrong, in one line, or undefined when nothing did. */
function run(command: string, words: readonly string[], folder: string, environment: Readonly<Record<string, string>> = {}): string | undefined {
  const { status, error, stderr } = spawnSync(command, words, { cwd: folder, encoding: 'utf8', env: { ...process.env, ...environment } });
  if (status === 0) return undefined;
  return `${command} ${words.join(' ')}: ${error?.message ?? stderr.trim().split('\n').at(-1) ?? `exit code ${status}`}`;
}
