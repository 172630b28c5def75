import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { APPLICATION_ROOT } from './built-application.js';

const CACHE = join(APPLICATION_ROOT, 'node_modules/.cache/promtool');
const CACHED = join(CACHE, 'usr/bin/promtool');

/** What happened to a run of promtool: its exit code and everything it said. */
export interface PromtoolResult {
  readonly code: number | null;
  readonly output: string;
}

/**
 * True when the tests that need promtool must be skipped: somebody decided so, or this machine can not have it. That is said
 * aloud, and counted as skipped. In CI it is never skipped for want of promtool: there it fails.
 */
export function withoutPromtool(): boolean {
  const reason = process.env.TASK_AGENT_NO_PROMTOOL === '1' ? 'TASK_AGENT_NO_PROMTOOL=1' : process.env.CI === 'true' ? undefined : missing();
  if (reason === undefined) return false;
  process.stderr.write(`The checks that need promtool are SKIPPED. ${reason}\n`);
  return true;
}

function missing(): string | undefined {
  try {
    find();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/**
 * Runs promtool: the one on PATH, or one that an earlier run kept, or Debian's, which is downloaded and unpacked below
 * node_modules/.cache. Nothing is installed.
 * @throws Error that says what to do when it is not to be had.
 */
export function promtool(words: readonly string[], input?: string): PromtoolResult {
  const { status, stdout, stderr } = spawnSync(find(), words, { encoding: 'utf8', ...(input !== undefined && { input }) });
  return { code: status, output: `${stdout}${stderr}` };
}

function find(): string {
  if (works('promtool')) return 'promtool';
  if (!works(CACHED)) fetchFromDebian();
  return CACHED;
}

function works(path: string): boolean {
  return spawnSync(path, ['--version']).status === 0;
}

function fetchFromDebian(): void {
  process.stderr.write(`promtool is not on PATH: fetching Debian's package into ${CACHE} (once; nothing is installed).\n`);
  mkdirSync(CACHE, { recursive: true });
  const first = run('apt-get', ['download', 'prometheus']);
  const failure = first === undefined ? undefined : retryWithLists(first);
  const archive = readdirSync(CACHE).find((name) => name.endsWith('.deb'));
  const problem = failure ?? (archive === undefined ? 'apt-get downloaded nothing' : run('dpkg-deb', ['-x', archive, '.']));
  if (archive !== undefined) rmSync(join(CACHE, archive));
  if (problem === undefined && works(CACHED)) return;
  throw new Error('promtool is needed to check the metrics, and is neither on PATH nor to be had from Debian '
    + `(${problem ?? 'the package has none that runs here'}). Install Prometheus, or set TASK_AGENT_NO_PROMTOOL=1 to go without this check.`);
}

/** A machine whose package lists are missing or stale can not download; only root may renew them. */
function retryWithLists(firstProblem: string): string | undefined {
  if (process.getuid?.() !== 0) return firstProblem;
  return run('apt-get', ['update']) ?? run('apt-get', ['download', 'prometheus']);
}

/** Runs a command in the cache folder. Returns what went wrong, in one line, or undefined when nothing did. */
function run(command: string, words: readonly string[]): string | undefined {
  const { status, error, stderr } = spawnSync(command, words, { cwd: CACHE, encoding: 'utf8' });
  if (status === 0) return undefined;
  return `${command} ${words.join(' ')}: ${error?.message ?? stderr.trim().split('\n').at(-1) ?? `exit code ${status}`}`;
}
