// Builds dist/ when it is not what the sources say. npm runs this after an install, and also each time `npx task-agent` is
// used in the checkout, so it must be quick when there is nothing to do.
import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const SOURCES = ['src', 'tsconfig.json', 'tsconfig.build.json', 'nest-cli.json'];
const path = (relative) => fileURLToPath(new URL(`../${relative}`, import.meta.url));

/** @throws Error with the compiler's words when the sources do not compile, or when there is no compiler. */
export function ensureBuilt() {
  const builtAt = modified(path('dist/main.js'));
  if (builtAt > Math.max(...SOURCES.map((source) => newest(path(source))))) return;
  const nest = path('node_modules/@nestjs/cli/bin/nest.js');
  if (modified(nest) === 0) throw new Error('dist/ is missing or older than src/, and the compiler is not installed: run "npm ci" with development dependencies');
  process.stderr.write('building dist/ …\n');
  const { status, stdout, stderr } = spawnSync(process.execPath, [nest, 'build'], { cwd: path(''), encoding: 'utf8' });
  if (status !== 0) throw new Error(`task-agent does not compile:\n${stdout}${stderr}`);
}

/** The latest change of a file, or of anything in a folder; of the folder, too: its date tells of a file that is gone. */
function newest(at) {
  const own = modified(at);
  if (!statSync(at, { throwIfNoEntry: false })?.isDirectory()) return own;
  return Math.max(own, ...readdirSync(at).map((entry) => newest(`${at}/${entry}`)));
}

function modified(at) {
  return statSync(at, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    ensureBuilt();
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
