import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { APPLICATION_ROOT } from '../built-application.js';

/** Where packages are kept between runs. */
const CACHE = join(APPLICATION_ROOT, 'node_modules/.cache/debian');
const UNPACK = join(APPLICATION_ROOT, 'test/support/debian/unpack.sh');
const FETCH_MILLISECONDS = 120_000;

/** Packages of Debian that belong in one folder. */
export interface DebianPackages {
  /** Of the folder: the same name means the same packages. */
  readonly name: string;
  readonly packages: readonly string[];
  /** Another release of Debian than this machine's. Only root may ask for it. */
  readonly suite?: string | undefined;
}

/**
 * The folder with what packages hold: downloaded and unpacked below node_modules/.cache, once. Nothing is installed.
 * @throws Error that says why they are not to be had
 */
export function unpackedPackages({ name, packages, suite = 'own' }: DebianPackages): string {
  const folder = join(CACHE, suite, name);
  if (existsSync(folder)) return folder;
  process.stderr.write(`Fetching Debian's ${packages.join(', ')}${suite === 'own' ? '' : ` of ${suite}`} into ${folder} (once; nothing is installed).\n`);
  const { status, error, stderr } = spawnSync('sh', [UNPACK, folder, suite, ...packages], { encoding: 'utf8', timeout: FETCH_MILLISECONDS });
  if (status === 0) return folder;
  throw new Error(`Debian's ${packages.join(', ')}: ${error?.message ?? stderr.trim().split('\n').at(-1) ?? `exit code ${status}`}`);
}
