import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import { AnnotationQueryBuilder, DashboardBuilder, DashboardCursorSync, DashboardLinkType, DatasourceVariableBuilder, QueryVariableBuilder, RowBuilder, TextBoxVariableBuilder, VariableRefresh, VariableSort, type AnnotationQuery, type Dashboard, type DashboardLink, type Panel, type VariableModel } from '@grafana/grafana-foundation-sdk/dashboard';
import { eventQuery, PROMETHEUS } from './queries.js';

/** The dashboards find one another by it. */
const TAG = 'task-agent';
const AGENT_URL = 'http://127.0.0.1:8080';

/** Panels under a heading, from left to right; a new line begins when 24 columns are full. */
export interface Row {
  readonly title: string;
  readonly panels: readonly Builder<Panel>[];
}

interface Contents {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly from: string;
  /** Beside datasource, job and instance. */
  readonly variables?: readonly Builder<VariableModel>[];
  readonly rows: readonly Row[];
}

/** A dashboard with what all of them share: variables, links, annotations, and panels numbered from one. */
export function agentDashboard({ uid, title, description, from, variables = [], rows }: Contents): Dashboard {
  const builder = new DashboardBuilder(title).uid(uid).description(description).tags([TAG]).readonly()
    .time({ from, to: 'now' }).refresh('30s').timezone('browser').tooltip(DashboardCursorSync.Crosshair)
    .variables([datasource(), job(), instance(), ...variables]).links([otherDashboards(), runs()]).annotations([versions(), trips()]);
  for (const row of rows) {
    builder.withRow(new RowBuilder(row.title));
    for (const panel of row.panels) builder.withPanel(panel);
  }
  const dashboard = builder.build();
  // Grafana would number them by itself, but a link to a panel has to stay right.
  return { ...dashboard, panels: (dashboard.panels ?? []).map((panel, index) => ({ ...panel, id: index + 1 })) };
}

/** Chooses values of a label of a metric: any number of them, all at first. */
export function labelVariable(name: string, label: string, metric: string): Builder<VariableModel> {
  return fromQuery(name, label, `label_values(${metric}{job="$job"}, ${name})`).multi(true).includeAll(true).allValue('.*')
    .current({ text: 'All', value: '$__all', selected: true });
}

/** Takes what the reader types. */
export function typedVariable(name: string, label: string, description: string, placeholder: string): Builder<VariableModel> {
  return new TextBoxVariableBuilder(name).label(label).description(description).defaultValue(placeholder).current({ text: placeholder, value: placeholder, selected: true });
}

/** Leads to an address, where `${variable}` is what the reader chose. */
function link(title: string, url: string, tooltip: string): Builder<DashboardLink> {
  return { build: () => ({ title, url, tooltip, type: DashboardLinkType.Link, icon: 'external link', tags: [], asDropdown: false, targetBlank: true, includeVars: false, keepTime: false }) };
}

function datasource(): Builder<VariableModel> {
  return new DatasourceVariableBuilder('datasource').label('Prometheus').type('prometheus').current({ text: 'Prometheus', value: 'prometheus', selected: true });
}

function job(): Builder<VariableModel> {
  return fromQuery('job', 'Job', 'label_values(agent_requests_active, job)').current({ text: 'agent', value: 'agent', selected: true });
}

function instance(): Builder<VariableModel> {
  return labelVariable('instance', 'Instance', 'up');
}

function fromQuery(name: string, label: string, query: string): QueryVariableBuilder {
  return new QueryVariableBuilder(name).label(label).datasource(PROMETHEUS).query({ qryType: 1, query, refId: 'A' })
    .refresh(VariableRefresh.OnTimeRangeChanged).sort(VariableSort.AlphabeticalAsc);
}

function otherDashboards(): Builder<DashboardLink> {
  return { build: () => ({
    title: 'Task agent', type: DashboardLinkType.Dashboards, tags: [TAG], icon: '', tooltip: 'The other dashboards, with this choice and time range',
    asDropdown: false, targetBlank: false, includeVars: true, keepTime: true,
  }) };
}

function runs(): Builder<DashboardLink> {
  return link('Runs (JSON)', `${AGENT_URL}/v1/runs?limit=200&since=\${__from:date:iso}&until=\${__to:date:iso}`, 'The runs that were asked for in this time range, as the agent has them on record');
}

/** `app_info` is always 1, so a deploy does not change it: it makes another series. */
function versions(): Builder<AnnotationQuery> {
  const running = 'group by (version) (app_info{job="$job"}';
  return annotation('Deploys', 'blue', `${running}) unless ${running} offset 1m)`, 'version {{version}}', 'A version that did not run a minute before');
}

function trips(): Builder<AnnotationQuery> {
  return annotation('Breaker trips', 'orange', 'sum by (name) (increase(circuit_breaker_trips_total{job="$job"}[1m])) > 0', '{{name}}', 'A circuit breaker opened');
}

function annotation(name: string, colour: string, expr: string, title: string, explanation: string): Builder<AnnotationQuery> {
  return new AnnotationQueryBuilder().name(name).datasource(PROMETHEUS).enable(true).hide(false).iconColor(colour)
    .target(eventQuery(expr)).titleFormat(title).textFormat(explanation);
}
