import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { Settings } from '../../../src/settings/settings.js';
import { dashboards } from './generated.js';

interface Datasource {
  readonly name: string;
  readonly uid: string;
  readonly type: string;
  readonly url: string;
  readonly isDefault?: boolean;
  readonly editable: boolean;
  readonly jsonData: Readonly<Record<string, unknown>>;
}

const source = readFileSync('config/grafana/provisioning/datasources/datasources.yml', 'utf8');
const { datasources } = parse(source) as { datasources: readonly Datasource[] };
const uids = datasources.map(({ uid }) => uid);

describe('the datasources', () => {
  it('are those of the stack, each at its service', () => {
    expect(datasources.map(({ uid, type, url, isDefault = false }) => ({ uid, type, url, isDefault }))).toEqual([
      { uid: 'prometheus', type: 'prometheus', url: 'http://prometheus:9090', isDefault: true },
      { uid: 'jaeger', type: 'jaeger', url: 'http://jaeger:16686', isDefault: false },
      { uid: 'loki', type: 'loki', url: 'http://loki:3100', isDefault: false },
    ]);
    expect(datasources.filter(({ editable }) => editable)).toEqual([]);
  });

  it('lead only to one another', () => {
    const referred = valuesOf(datasources.map(({ jsonData }) => jsonData), 'datasourceUid');
    expect(referred).toHaveLength(3);
    expect(referred.filter((uid) => !uids.includes(String(uid)))).toEqual([]);
  });

  it('lead from a metric to its trace, from a trace to its logs, and from a log line to all three', () => {
    const [prometheus, jaeger, loki] = datasources.map(({ jsonData }) => jsonData);
    expect(prometheus).toMatchObject({ timeInterval: '15s', exemplarTraceIdDestinations: [{ name: 'trace_id', datasourceUid: 'jaeger' }] });
    expect(jaeger).toMatchObject({ tracesToLogsV2: { datasourceUid: 'loki', customQuery: true, query: `{service_name="${Settings.from({}).service.name}"} | trace_id="$\${__trace.traceId}"` } });
    expect(loki).toMatchObject({ derivedFields: [
      { name: 'trace_id', datasourceUid: 'jaeger', url: '$${__value.raw}' },
      { name: 'correlation_id', url: '/d/agent-run?var-correlation_id=$${__value.raw}' },
      { name: 'run_id', url: 'http://127.0.0.1:8080/v1/runs/$${__value.raw}' },
    ] });
    expect(dashboards.find(({ uid }) => uid === 'agent-run')?.templating.list.map(({ name }) => name)).toContain('correlation_id');
  });

  it('find a label by its whole name: correlation_id is not the parent_correlation_id of something', () => {
    expect(valuesOf(datasources, 'matcherRegex')).toEqual(['^trace_id$$', '^correlation_id$$', '^run_id$$']);
    expect(new Set(valuesOf(datasources, 'matcherType'))).toEqual(new Set(['label']));
  });

  it('leave no dollar to be taken for a variable of the environment', () => {
    expect(source.replaceAll('$$', '').match(/\$.*/g)).toBeNull();
  });
});

describe('every datasource of a dashboard', () => {
  it('is provisioned, or the one that the reader chose', () => {
    const used = dashboards.flatMap((dashboard) => valuesOf(dashboard, 'datasource')) as { type: string; uid: string }[];
    expect(used.length).toBeGreaterThan(200);
    expect(used.filter(({ type, uid }) => !(uid === '${datasource}' && type === 'prometheus') && !datasources.some((each) => each.uid === uid && each.type === type))).toEqual([]);
    for (const { templating: { list: [chosen] } } of dashboards) expect(chosen).toMatchObject({ name: 'datasource', type: 'datasource', query: 'prometheus', current: { value: 'prometheus' } });
  });
});

describe('the dashboards', () => {
  it('come from files alone', () => {
    const { providers } = parse(readFileSync('config/grafana/provisioning/dashboards/dashboards.yml', 'utf8')) as { providers: unknown[] };
    expect(providers).toEqual([expect.objectContaining({ type: 'file', allowUiUpdates: false, disableDeletion: true, options: expect.objectContaining({ path: '/var/lib/grafana/dashboards' }) as object })]);
  });
});

describe('the links of alerts', () => {
  it('lead to dashboards and variables that exist', () => {
    const rules = readdirSync('config/prometheus/rules').map((name) => readFileSync(`config/prometheus/rules/${name}`, 'utf8')).join('\n');
    const links = [...rules.matchAll(/dashboard_url: (\S.*)/g)].map(([, url = '']) => ({
      uid: /\/d\/([\w-]+)/.exec(url)?.[1], variables: [...url.matchAll(/[?&]var-(\w+)=/g)].map(([, name = '']) => name),
    }));
    expect(links.length).toBeGreaterThan(15);
    expect(links.filter(({ uid, variables }) => {
      const names = dashboards.find((each) => each.uid === uid)?.templating.list.map(({ name }) => name);
      return !variables.every((name) => names?.includes(name));
    })).toEqual([]);
    expect(links.filter(({ uid }) => !dashboards.some((each) => each.uid === uid))).toEqual([]);
  });
});

/** Every value under a key, however deep. */
function valuesOf(tree: unknown, key: string): unknown[] {
  if (typeof tree !== 'object' || tree === null) return [];
  return Object.entries(tree).flatMap(([name, value]) => (name === key ? [value] : valuesOf(value, key)));
}
