import { readdirSync, readFileSync } from 'node:fs';
import { substitute } from '../promql.js';

const FOLDER = 'config/grafana/dashboards';
interface Panel { readonly title?: string; readonly panels?: readonly Panel[]; readonly targets?: readonly { readonly expr?: string; readonly datasource?: { readonly type?: string } }[]; readonly datasource?: { readonly type?: string } }

/** Every PromQL query of every dashboard, as Grafana would send it. */
export function dashboardQueries(): readonly { readonly panel: string; readonly query: string }[] {
  return readdirSync(FOLDER).filter((name) => name.endsWith('.json')).flatMap((name) => {
    const { panels } = JSON.parse(readFileSync(`${FOLDER}/${name}`, 'utf8')) as { panels: readonly Panel[] };
    return panels.flatMap(flat).flatMap((panel) => (panel.targets ?? [])
      .filter(({ expr, datasource = panel.datasource }) => expr !== undefined && datasource?.type !== 'loki')
      .map(({ expr = '' }) => ({ panel: `${name.replace('.json', '')}: ${panel.title}`, query: substitute(expr, VALUES) })));
  });
}

const VALUES = { job: 'agent', instance: '.*', model: '.*', tool_name: '.*', datasource: 'prometheus', correlation_id: 'none' };

function flat(panel: Panel): readonly Panel[] {
  return [panel, ...(panel.panels ?? [])];
}
