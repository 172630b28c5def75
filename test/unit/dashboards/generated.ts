import { allDashboards } from '../../../config/grafana/source/all-dashboards.js';

export interface Target {
  readonly refId: string;
  readonly expr?: string;
  readonly legendFormat?: string;
  readonly exemplar?: boolean;
  readonly datasource: { readonly type: string; readonly uid: string };
  readonly [other: string]: unknown;
}

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: Readonly<Record<'x' | 'y' | 'w' | 'h', number>>;
  readonly datasource?: { readonly type: string; readonly uid: string };
  readonly targets?: readonly Target[];
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string; readonly thresholds?: { readonly steps: readonly { readonly value: number | null }[] } } };
  readonly options?: { readonly content?: string };
}

interface Variable {
  readonly name: string;
  readonly type: string;
  readonly query: string | { readonly query: string };
  readonly current: { readonly value: string };
  readonly multi: boolean;
  readonly includeAll: boolean;
}

/** What the tests read of a dashboard. */
export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly tags: readonly string[];
  readonly editable: boolean;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly Variable[] };
  readonly annotations: { readonly list: readonly { readonly name: string; readonly target: Target }[] };
  readonly links: readonly { readonly type: string; readonly url?: string; readonly tags: readonly string[]; readonly includeVars: boolean }[];
}

/** Every dashboard as the code makes it. */
export const dashboards = allDashboards().map(({ json }) => JSON.parse(json) as Dashboard);

/** Every panel but the headings, with the dashboard it is on. */
export const panels = dashboards.flatMap((dashboard) => dashboard.panels.filter(({ type }) => type !== 'row').map((panel) => ({ dashboard, panel, where: `${dashboard.uid}: ${panel.title}` })));

/** Every query to Prometheus of every panel. */
export const queries = panels.flatMap(({ panel, where }) => (panel.targets ?? []).filter(({ datasource }) => datasource.type === 'prometheus').map((target) => ({ panel, target, where, expr: target.expr ?? '' })));

/** Values for the variables of dashboards. */
export const CHOICE = { job: 'agent', instance: '.*', model: '.*', tool_name: '.*' };
