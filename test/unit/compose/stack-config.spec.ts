import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { ENVIRONMENT } from '../../../src/settings/environment.schema.js';
import { APPLICATION_ROOT } from '../../support/built-application.js';
import { composeFile, configFile, projectFile, secondsOf } from '../../support/containers/compose-file.js';

type Components = Readonly<Record<string, unknown>>;
interface Pipeline { readonly receivers: readonly string[]; readonly processors?: readonly string[]; readonly exporters: readonly string[] }
interface CollectorConfig {
  readonly receivers: Components;
  readonly processors?: Components;
  readonly exporters: Components;
  readonly connectors?: Components;
  readonly extensions: Components;
  readonly service: { readonly extensions: readonly string[]; readonly pipelines: Readonly<Record<string, Pipeline>> };
}
interface TailSampling {
  readonly decision_wait: string;
  readonly num_traces: number;
  readonly decision_cache: Readonly<Record<string, number>>;
  readonly policies: readonly { readonly name: string; readonly type: string; readonly [type: string]: unknown }[];
}

const { services } = composeFile();
const collector = configFile<CollectorConfig & { processors: { tail_sampling: TailSampling } }>('otel-collector/config.yaml');
const jaeger = configFile<CollectorConfig>('jaeger/config.yaml');
const listed = (pipelines: CollectorConfig['service']['pipelines'], kind: keyof Pipeline) =>
  [...new Set(Object.values(pipelines).flatMap((pipeline) => pipeline[kind] ?? []))].sort();
const OLD_NAMES = ['otlp', 'otlphttp', 'spanmetrics', 'hostmetrics'];

/** A host and a port, in an address, as an endpoint or as a target. */
const HOST = /(?:https?:\/\/|endpoint: *|targets: *\[ *['"]?|^ *- ['"]?)([a-z][a-z-]*):\d{2,5}\b/gm;
/** Links in these are followed by people, not by containers. */
const FOR_BROWSERS = /rules|dashboards|models|slo/;

/** Every file of configuration. */
function configFiles(folder = 'config'): string[] {
  return readdirSync(join(APPLICATION_ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    return entry.isDirectory() ? configFiles(path) : /\.(?:ya?ml|json)$/.test(entry.name) ? [path] : [];
  });
}

describe.each([['the collector', collector], ['Jaeger', jaeger]])('the configuration of %s', (_name, config: CollectorConfig) => {
  test('defines what it uses, and uses what it defines', () => {
    for (const kind of ['receivers', 'processors', 'exporters'] as const) {
      expect(listed(config.service.pipelines, kind)).toEqual(Object.keys(config[kind] ?? {}).sort());
    }
    expect([...config.service.extensions].sort()).toEqual(Object.keys(config.extensions).sort());
  });

  test('listens where other containers reach it', () => {
    const text = JSON.stringify({ ...config, exporters: {} });
    expect([...text.matchAll(/"(?:endpoint|host)":"([^"]+)"/g)].map(([, address = '']) => address).filter((address) => !address.startsWith('0.0.0.0'))).toEqual([]);
  });
});

describe('the collector', () => {
  const { tail_sampling: sampling } = collector.processors;

  test('limits its memory before anything else', () => {
    expect(Object.values(collector.service.pipelines).filter(({ processors = [] }) => processors[0] !== 'memory_limiter')).toEqual([]);
  });

  test('decides on a trace after the longest run, and remembers longer than it holds', () => {
    expect(secondsOf(sampling.decision_wait)).toBeGreaterThan(ENVIRONMENT.parse({}).TOTAL_TIMEOUT);
    expect(Object.values(sampling.decision_cache).filter((size) => size <= sampling.num_traces)).toEqual([]);
  });

  test('keeps what failed, was slow or was expensive, and a share of the rest', () => {
    expect(sampling.policies.map(({ type }) => type)).toEqual(['status_code', 'latency', 'ottl_condition', 'probabilistic']);
    expect(sampling.policies.filter((policy) => policy[policy.type] === undefined)).toEqual([]);
  });

  test('finds what a run cost under the name that the agent gives it', () => {
    const [attribute = ''] = /(?<=attributes\[")\w+/.exec(JSON.stringify(sampling.policies).replaceAll('\\', '')) ?? [];
    expect(projectFile('docs/telemetry.md')).toContain(`| \`${attribute}\` | at the end |`);
  });

  test('reads only variables that its service sets', () => {
    const read = [...projectFile('config/otel-collector/config.yaml').matchAll(/\$\{env:(\w+)/g)].map(([, name]) => name);
    expect(read.sort()).toEqual(Object.keys(services['otel-collector']?.environment ?? {}).sort());
  });

  test('calls its exporters by their present names', () => {
    const used = [...Object.keys(collector.exporters), ...Object.keys(collector.connectors ?? {})].map((name) => name.split('/')[0]);
    expect(used.filter((name) => OLD_NAMES.includes(name ?? ''))).toEqual([]);
  });
});

describe('the stack', () => {
  test('names no host but its own services', () => {
    const hosts = configFiles().filter((path) => !FOR_BROWSERS.test(path)).flatMap((path) => [...projectFile(path).matchAll(HOST)].map(([, host = '']) => ({ path, host })));
    expect(hosts.map(({ host }) => host)).toEqual(expect.arrayContaining(['jaeger', 'loki']));
    expect(hosts.filter(({ path, host }) => !(host in services) && !(host === 'localhost' && path === 'config/prometheus/prometheus.yml'))).toEqual([]);
  });

  test('sends to ports on which somebody listens', () => {
    const text = projectFile('config/otel-collector/config.yaml') + projectFile('docker-compose.yml');
    const jaegerPort = /jaeger:(\d+)/.exec(text)?.[1];
    expect(JSON.stringify(jaeger.receivers)).toContain(`0.0.0.0:${jaegerPort}`);
    expect(configFile<{ server: { http_listen_port: number } }>('loki/config.yaml').server.http_listen_port).toBe(Number(/loki:(\d+)/.exec(text)?.[1]));
    expect(JSON.stringify(collector.receivers)).toContain(`0.0.0.0:${/OTLP_ENDPOINT-http:\/\/otel-collector:(\d+)/.exec(text)?.[1]}`);
    expect(JSON.stringify(jaeger.extensions)).toContain(`0.0.0.0:${/127\.0\.0\.1:(\d+)\/status/.exec(text)?.[1]}`);
  });

  test('keeps log lines as long as the objectives look back, with their ids as structured metadata', () => {
    const loki = configFile<{
      limits_config: { allow_structured_metadata: boolean; retention_period: string };
      compactor: { retention_enabled: boolean };
      schema_config: { configs: readonly { store: string; schema: string }[] };
    }>('loki/config.yaml');
    expect(loki.limits_config.allow_structured_metadata).toBe(true);
    expect(loki.compactor.retention_enabled).toBe(true);
    expect(secondsOf(loki.limits_config.retention_period)).toBeGreaterThanOrEqual(30 * 86_400);
    expect(loki.schema_config.configs.at(-1)).toMatchObject({ store: 'tsdb', schema: 'v13' });
  });

  test('has the dashboard with which Grafana opens', () => {
    const path = String(services.grafana?.environment?.GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH);
    expect(existsSync(join(APPLICATION_ROOT, path.replace('/var/lib/grafana', 'config/grafana')))).toBe(true);
  });
});
