import { spawnSync } from 'node:child_process';
import { debianProgram, type DebianProgram } from './debian/program.js';

export const PROMTOOL: DebianProgram = { package: 'prometheus', program: 'promtool' };
export const AMTOOL: DebianProgram = { package: 'prometheus-alertmanager', program: 'amtool' };

/** What happened to a run of a program: its exit code and everything it said. */
export interface ProgramResult {
  readonly code: number | null;
  readonly output: string;
}

/**
 * True when the tests that need Prometheus's programs must be skipped: somebody decided so, or this machine can not have them. That is
 * said aloud, and counted as skipped. In CI it is never skipped for want of them: there it fails.
 */
export function withoutPromtool(...programs: readonly DebianProgram[]): boolean {
  const reason = process.env.TASK_AGENT_NO_PROMTOOL === '1' ? 'TASK_AGENT_NO_PROMTOOL=1' : process.env.CI === 'true' ? undefined : missing([PROMTOOL, ...programs]);
  if (reason === undefined) return false;
  process.stderr.write(`The checks that need Prometheus are SKIPPED. ${reason}\n`);
  return true;
}

function missing(programs: readonly DebianProgram[]): string | undefined {
  try {
    for (const program of programs) debianProgram(program);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Runs promtool. @throws Error that says what to do when it is not to be had. */
export function promtool(words: readonly string[], input?: string): ProgramResult {
  return run(PROMTOOL, words, input);
}

/** Runs one of Prometheus's programs. @throws Error that says what to do when it is not to be had. */
export function run(program: DebianProgram, words: readonly string[], input?: string): ProgramResult {
  const { status, stdout, stderr } = spawnSync(find(program), words, { encoding: 'utf8', ...(input !== undefined && { input }) });
  return { code: status, output: `${stdout}${stderr}` };
}

function find(program: DebianProgram): string {
  try {
    return debianProgram(program);
  } catch (error) {
    throw new Error(`${program.program} is neither on PATH nor to be had from Debian (${(error as Error).message}). Install Prometheus and its Alertmanager, or set TASK_AGENT_NO_PROMTOOL=1 to go without these checks.`, { cause: error });
  }
}
