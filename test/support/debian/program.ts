import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { unpackedPackages } from './packages.js';

/** A program that tests need, and where Debian has it. */
export interface DebianProgram {
  readonly package: string;
  readonly program: string;
  /** Another release of Debian than this machine's, for a newer version. Only root may ask for it. */
  readonly suite?: string;
}

/**
 * The path of a program: on PATH (unless another release is asked for), or from Debian's package, which is unpacked and not installed.
 * @throws Error that says why it is not to be had
 */
export function debianProgram({ package: name, program, suite }: DebianProgram): string {
  if (suite === undefined && works(program)) return program;
  const path = join(unpackedPackages({ name, packages: [name], suite }), 'usr/bin', program);
  if (works(path)) return path;
  throw new Error(`Debian's package ${name} has no ${program} that runs here`);
}

function works(path: string): boolean {
  return spawnSync(path, ['--version']).status === 0;
}
