import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { ENVIRONMENT } from '../../../src/settings/environment.schema.js';
import { APPLICATION_ROOT } from '../../support/built-application.js';
import { composeFile, projectFile, secondsOf, type ComposeService } from '../../support/containers/compose-file.js';

const { services, networks, volumes } = composeFile();
const names = Object.keys(services).sort();
const each = Object.entries(services);
/** The image has no program that could ask, and says so where the check would be. */
const CAN_NOT_ASK = ['otel-collector'];

const service = (name: string): ComposeService => {
  const found = services[name];
  if (!found) throw new Error(`no service ${name}`);
  return found;
};
/** The host's side of a mount, and what it is mounted on. */
const mounts = ({ volumes: list = [] }: ComposeService) => list.map((volume) => volume.split(':') as [string, string, string?]);

describe('docker-compose.yml', () => {
  test('brings the service and everything that watches it', () => {
    expect(names).toEqual(['agent', 'alertmanager', 'grafana', 'jaeger', 'loki', 'otel-collector', 'postgres', 'prometheus']);
  });

  test('pins every image by version and digest, but for the one that it builds', () => {
    const loose = each.filter(([, { image, build }]) => build === undefined && !/^[\w./-]+:v?\d+\.\d+(?:\.\d+)?(?:-[\w.]+)?@sha256:[0-9a-f]{64}$/.test(image ?? ''));
    expect(loose.map(([name, { image }]) => `${name}: ${image}`)).toEqual([]);
    expect(projectFile('docker-compose.yml')).not.toMatch(/:latest/);
  });

  test('names the image that it builds after the version of the package', () => {
    const { version } = JSON.parse(projectFile('package.json')) as { version: string };
    expect(each.filter(([, { build }]) => build !== undefined).map(([name, { image }]) => [name, image])).toEqual([['agent', `task-agent:${version}`]]);
  });

  test('listens on 127.0.0.1 only, on ports that can be moved', () => {
    const ports = each.flatMap(([, { ports: list = [] }]) => list);
    expect(ports.length).toBeGreaterThan(6);
    expect(ports.filter((port) => !/^127\.0\.0\.1:\$\{[A-Z_]+_PORT:-(\d+)\}:\1$/.test(port))).toEqual([]);
    expect(new Set(ports).size).toBe(ports.length);
  });

  test('asks every service that can be asked for its health, and often while it starts', () => {
    const asked = each.filter(([, { healthcheck }]) => healthcheck !== undefined);
    expect(asked.map(([name]) => name).sort()).toEqual(names.filter((name) => !CAN_NOT_ASK.includes(name)));
    expect(asked.filter(([, { healthcheck }]) => healthcheck?.start_interval === undefined || secondsOf(healthcheck.start_interval) > 1)).toEqual([]);
    // A check through a shell fails for ever in an image that has none.
    expect(asked.filter(([, { healthcheck }]) => healthcheck?.test[0] !== 'CMD').map(([name]) => name)).toEqual([]);
  });

  test('gives every service a read-only root, no capability, no way to new ones, a limit of memory and of logs', () => {
    const soft = each.filter(([, { read_only, cap_drop, security_opt, mem_limit, logging }]) =>
      read_only !== true || cap_drop?.[0] !== 'ALL' || !security_opt?.includes('no-new-privileges:true') || mem_limit === undefined || logging?.options['max-size'] === undefined);
    expect(soft.map(([name]) => name)).toEqual([]);
  });

  test('makes nothing but the database a condition of the agent, and the agent a condition of nothing', () => {
    expect(service('agent').depends_on).toEqual({ postgres: { condition: 'service_healthy' } });
    expect(each.filter(([name, { depends_on }]) => name !== 'agent' && depends_on !== undefined).map(([name]) => name)).toEqual([]);
  });

  test('has no secret, and lets the database without a password be reached by the agent alone', () => {
    const values = each.flatMap(([name, { environment = {} }]) => Object.entries(environment).map(([key, value]) => ({ name, key, value })));
    const secrets = values.filter(({ key, value }) => /KEY|PASSWORD|TOKEN|SECRET/.test(key) && value !== null && !/^\$\{[A-Z_]+:-\}$/.test(value));
    expect(secrets).toEqual([]);
    expect(values.filter(({ value }) => /\/\/[^/@:]*:[^/@]+@/.test(value ?? ''))).toEqual([]);
    expect(service('postgres').ports).toBeUndefined();
    expect(networks[service('postgres').networks?.join() ?? '']).toEqual({ internal: true });
    expect(each.filter(([, { networks: list = [] }]) => list.includes('database')).map(([name]) => name)).toEqual(['agent', 'postgres']);
  });

  test('needs no file .env, and no variable', () => {
    expect(service('agent').env_file).toEqual([{ path: '.env', required: false }]);
    const required = [...projectFile('docker-compose.yml').matchAll(/\$\{\w+(?:\}|:?\?)/g)].map(([text]) => text);
    expect(required).toEqual([]);
  });

  test('sets for the agent only variables that it reads', () => {
    const unknown = Object.keys(service('agent').environment ?? {}).filter((name) => !name.startsWith('OTEL_') && !(name in ENVIRONMENT.shape));
    expect(unknown).toEqual([]);
  });

  test('waits longer for the agent than it takes to drain', () => {
    const { DRAIN_DELAY, DRAIN_TIMEOUT } = ENVIRONMENT.parse({});
    expect(secondsOf(service('agent').stop_grace_period ?? '0s')).toBeGreaterThan(DRAIN_DELAY + DRAIN_TIMEOUT + 5);
  });

  test('mounts only what exists: files of config/, read-only, and volumes that it declares', () => {
    const all = each.flatMap(([, definition]) => mounts(definition));
    const folders = all.filter(([source]) => source.startsWith('.'));
    expect(folders.filter(([source, , mode]) => mode !== 'ro' || !existsSync(join(APPLICATION_ROOT, source)))).toEqual([]);
    expect(all.filter(([source]) => !source.startsWith('.')).map(([source]) => source).sort()).toEqual(Object.keys(volumes).sort());
  });

  test('names only files of configuration that are in what it mounts', () => {
    const files = each.flatMap(([, definition]) => [...(definition.command ?? []).join(' ').matchAll(/config(?:\.file)?=(\S+)/g)].map(([, path = '']) => {
      const mount = mounts(definition).find(([, target]) => path.startsWith(`${target}/`));
      return mount ? path.replace(mount[1], mount[0]) : path;
    }));
    expect(files.sort()).toEqual([
      './config/alertmanager/alertmanager.yml', './config/jaeger/config.yaml', './config/loki/config.yaml',
      './config/otel-collector/config.yaml', './config/prometheus/prometheus.yml',
    ]);
    expect(files.filter((path) => !existsSync(join(APPLICATION_ROOT, path)))).toEqual([]);
  });

  test('keeps metrics longer than the objectives look back, and their exemplars', () => {
    const command = service('prometheus').command?.join(' ') ?? '';
    expect(Number(/retention\.time=(\d+)d/.exec(command)?.[1])).toBeGreaterThanOrEqual(35);
    expect(command).toContain('--enable-feature=exemplar-storage');
  });
});
