import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { model } from './model.js';
import { overview } from './overview.js';
import { requests } from './requests.js';
import { run } from './run.js';
import { runtime } from './runtime.js';
import { tools } from './tools.js';

/** A dashboard as Grafana takes it. */
export interface GeneratedDashboard {
  readonly uid: string;
  /** The text of config/grafana/dashboards/<uid>.json. */
  readonly json: string;
}

/**
 * Every dashboard, in the order in which one asks: is it well, where does it hurt, what was it. The same code gives the same text.
 * `UPDATE_DOCS=1 npm test -- test/unit/dashboards` writes them.
 */
export function allDashboards(): GeneratedDashboard[] {
  return [overview(), requests(), model(), tools(), runtime(), run()].map(written);
}

function written(dashboard: Dashboard): GeneratedDashboard {
  if (dashboard.uid === undefined) throw new Error('A dashboard needs a uid');
  return { uid: dashboard.uid, json: `${JSON.stringify(dashboard, null, 2)}\n` };
}
