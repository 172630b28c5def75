import { spawn, type ChildProcess } from 'node:child_process';
import { access, copyFile, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { APPLICATION_ROOT } from '../built-application.js';
import { eventually } from '../eventually.js';
import { freePort } from '../free-port.js';
import { unpackedPackages } from '../debian/packages.js';
import { LEASH } from '../leash.js';
import { command, type CommandOptions } from './command.js';

/** Images are kept between runs. */
const CACHE = join(APPLICATION_ROOT, 'node_modules/.cache/containers');
/** Releases that have an engine new enough for `start_interval` and `build --check`; the first whose programs run here is used. */
const SUITES = ['forky', 'sid'];
const PACKAGES = ['docker.io', 'docker-cli', 'containerd', 'docker-compose', 'docker-buildx'];
/** These are linked to the C library of their release, so they must be this machine's. The engine needs iptables for the names of services. */
const OWN_PACKAGES = ['runc', 'tini', 'iptables', 'libxtables12', 'libip4tc2', 'libip6tc2', 'libnftnl11', 'libmnl0', 'libnfnetlink0', 'libnetfilter-conntrack3'];
const START_MILLISECONDS = 30_000;
/** Without any right that a container can do without. */
export const HARDENED = ['--read-only', '--tmpfs', '/tmp', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges', '--memory', '512m', '--pids-limit', '100'];

/** A container engine: the one that can be reached, or one that lives as long as these tests. */
export class Engine {
  private constructor(readonly name: string, private readonly environment: Readonly<Record<string, string | undefined>>, private readonly end: () => Promise<void>) {}

  /** Undefined when this machine has none, can not start one, or somebody decided to go without. That is said aloud. */
  static async find(): Promise<Engine | undefined> {
    try {
      if (process.env.TASK_AGENT_NO_CONTAINERS === '1') throw new Error('TASK_AGENT_NO_CONTAINERS=1');
      const engine = await Engine.reachable() ?? await Engine.start();
      process.stderr.write(`Containers are run by ${engine.name}.\n`);
      return engine;
    } catch (error) {
      process.stderr.write(`The checks that need a container engine are SKIPPED. ${(error as Error).message}\n`);
      return undefined;
    }
  }

  private static async reachable(): Promise<Engine | undefined> {
    try {
      const version = await command('docker', ['version', '--format', '{{.Server.Version}}'], { milliseconds: 10_000 });
      for (const plugin of ['compose', 'buildx']) await command('docker', [plugin, 'version']);
      return new Engine(`the engine of this machine, ${version.trim()}`, bare({ PATH: process.env.PATH, HOME: process.env.HOME, ...ofDocker() }), async () => undefined);
    } catch {
      return undefined; // None, or without the plugins that compose and the build need.
    }
  }

  /** @throws Error that says why this machine can not have one */
  private static async start(): Promise<Engine> {
    if (process.platform !== 'linux' || process.getuid?.() !== 0) throw new Error('No engine can be reached, and only root on Linux can start one.');
    await access('/usr/bin/apt-get').catch(() => { throw new Error('No engine can be reached, and this is no Debian whose packages have one.'); });
    const programs = await firstThatRuns();
    const own = unpackedPackages({ name: 'engine', packages: OWN_PACKAGES });
    const folder = await mkdtemp(join(tmpdir(), 'task-agent-engine-'));
    await ownPrograms(own, join(folder, 'bin'));
    const path = [join(folder, 'bin'), `${programs}/usr/bin`, `${programs}/usr/sbin`, '/usr/sbin', '/sbin', process.env.PATH].join(delimiter);
    const socket = `unix://${folder}/docker.sock`;
    const daemon = await startDaemon(folder, socket, programs, path);
    const environment = bare({ PATH: path, HOME: folder, DOCKER_HOST: socket, DOCKER_CONFIG: await clientConfig(folder, programs) });
    const engine = new Engine(`an engine of these tests, from Debian's packages, at ${socket}`, environment, () => stopDaemon(daemon.process, folder));
    const isUp = () => engine.docker(['version']).then(() => true, () => false);
    try {
      await eventually(async () => daemon.process.exitCode !== null || await isUp(), START_MILLISECONDS);
      if (!await isUp()) throw new Error('it ended');
      await tryOut(engine, join(folder, 'bin'));
      return engine;
    } catch (error) {
      await engine.stop();
      throw new Error(`An engine was started, and does not run here: ${(error as Error).message.replace(/\s+/g, ' ')} ${daemon.lastWords()}`, { cause: error });
    }
  }

  docker(words: readonly string[], options: CommandOptions = {}): Promise<string> {
    return command('docker', words, { ...options, environment: { ...this.environment, ...options.environment } });
  }

  /** Ends the engine, if it is one of ours. Images and layers stay in the cache. */
  async stop(): Promise<void> {
    await this.end();
  }
}

/** A daemon may answer where the machine lets it run no container: in a sandbox, say. @throws Error with what the machine refused */
async function tryOut(engine: Engine, programs: string): Promise<void> {
  const name = `task-agent-try-${process.pid}`;
  await command('tar', ['--create', '--file', join(programs, 'image.tar'), '--directory', programs, 'docker-init']);
  await engine.docker(['import', join(programs, 'image.tar'), name]);
  await engine.docker(['network', 'create', name]);
  try {
    await engine.docker(['run', '--rm', '--network', name, '--publish', `127.0.0.1:${await freePort()}:80`, ...HARDENED, '--entrypoint', '/docker-init', name, '--version']);
  } finally {
    await engine.docker(['network', 'rm', name]);
    await engine.docker(['image', 'rm', name]);
  }
}

/** Nothing of the developer's own reaches compose, which would put it into containers. */
function bare(environment: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string | undefined>> {
  return { COMPOSE_ANSI: 'never', BUILDKIT_PROGRESS: 'plain', ...environment };
}

function ofDocker(): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith('DOCKER_')));
}

async function firstThatRuns(): Promise<string> {
  const problems: string[] = [];
  for (const suite of SUITES) {
    try {
      const folder = unpackedPackages({ name: 'engine', packages: PACKAGES, suite });
      for (const program of ['sbin/dockerd', 'bin/docker', 'bin/containerd', 'libexec/docker/cli-plugins/docker-buildx']) await command(join(folder, 'usr', program), ['--version']).catch(() => command(join(folder, 'usr', program), ['version']));
      return folder;
    } catch (error) {
      problems.push(`${suite}: ${(error as Error).message.trim().split('\n').at(-1)}`);
    }
  }
  throw new Error(`No engine can be reached, and none is to be had from Debian (${problems.join('; ')}).`);
}

async function ownPrograms(own: string, folder: string): Promise<void> {
  await mkdir(folder);
  await copyFile(join(own, 'usr/sbin/runc'), join(folder, 'runc'));
  await copyFile(join(own, 'usr/bin/tini-static'), join(folder, 'docker-init'));
  const [libraries = ''] = (await readdir(join(own, 'usr/lib'))).filter((name) => name.endsWith('-linux-gnu')).map((name) => join(own, 'usr/lib', name));
  for (const name of ['iptables', 'ip6tables']) {
    const words = `LD_LIBRARY_PATH=${libraries} XTABLES_LIBDIR=${libraries}/xtables exec ${own}/usr/sbin/xtables-nft-multi ${name} "$@"`;
    await writeFile(join(folder, name), `#!/bin/sh\n${words}\n`, { mode: 0o755 });
  }
}

/** Without a bridge of its own and without rules for the firewall: it changes nothing on this machine but for the networks that tests make and remove. */
async function startDaemon(folder: string, socket: string, programs: string, path: string): Promise<{ process: ChildProcess; lastWords: () => string }> {
  await writeFile(join(folder, 'daemon.json'), JSON.stringify({ builder: { gc: { enabled: true, defaultKeepStorage: '3GB' } } }));
  const words = [
    '--config-file', join(folder, 'daemon.json'), '--data-root', join(CACHE, 'data'), '--exec-root', join(folder, 'exec'), '--pidfile', join(folder, 'docker.pid'), '--host', socket,
    '--bridge=none', '--iptables=false', '--ip6tables=false', '--ip-masq=false', '--ip-forward=false', '--exec-opt', 'native.cgroupdriver=cgroupfs',
    '--init-path', join(folder, 'bin/docker-init'), '--userland-proxy-path', `${programs}/usr/sbin/docker-proxy`, '--default-ulimit', 'nofile=4096:4096', '--log-level', 'warn',
  ];
  let said = '';
  const child = spawn('sh', ['-c', LEASH, 'sh', `${programs}/usr/sbin/dockerd`, ...words], { env: { PATH: path, HOME: folder }, stdio: ['pipe', 'ignore', 'pipe'], detached: true });
  child.stderr.setEncoding('utf8').on('data', (text: string) => { said = (said + text).slice(-10_000); });
  return { process: child, lastWords: () => said.trim().split('\n').slice(-3).join(' | ') };
}

async function clientConfig(folder: string, programs: string): Promise<string> {
  const plugins = join(folder, 'client/cli-plugins');
  await mkdir(plugins, { recursive: true });
  const from = join(programs, 'usr/libexec/docker/cli-plugins');
  await Promise.all((await readdir(from)).map((name) => symlink(join(from, name), join(plugins, name))));
  return join(folder, 'client');
}

async function stopDaemon(daemon: ChildProcess, folder: string): Promise<void> {
  const over = new Promise((resolve) => daemon.once('close', resolve));
  daemon.stdin?.end();
  if (daemon.exitCode === null && daemon.signalCode === null) await over;
  await rm(folder, { recursive: true, force: true });
}
