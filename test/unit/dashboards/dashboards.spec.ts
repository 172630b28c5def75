import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as units from '@grafana/grafana-foundation-sdk/units';
import { allDashboards } from '../../../config/grafana/source/all-dashboards.js';
import { readSlos } from '../../../src/slo/objectives.js';
import { dashboards, panels, type Panel } from './generated.js';

const FOLDER = 'config/grafana/dashboards';
const UIDS = ['agent-overview', 'agent-red', 'agent-llm', 'agent-tools', 'agent-runtime', 'agent-run'];

describe('config/grafana/dashboards', () => {
  it.each(allDashboards())('has $uid as the code makes it', ({ uid, json }) => {
    const path = join(FOLDER, `${uid}.json`);
    if (process.env.UPDATE_DOCS === '1') writeFileSync(path, json);
    else if (!existsSync(path) || readFileSync(path, 'utf8') !== json) throw new Error(`${path} is out of date; run: UPDATE_DOCS=1 npm test -- test/unit/dashboards`);
  });

  it('has these dashboards, and no other', () => {
    expect(dashboards.map(({ uid }) => uid)).toEqual(UIDS);
    expect(readdirSync(FOLDER).toSorted()).toEqual(UIDS.map((uid) => `${uid}.json`).toSorted());
  });
});

describe('each dashboard', () => {
  it('has the variables that all share, and those that its queries use, and no other', () => {
    for (const { uid, panels: own, templating: { list } } of dashboards) {
      const shared = ['datasource', 'job', 'instance'];
      const used = [...JSON.stringify(own.map(({ targets }) => targets)).matchAll(/\$\{?(\w+)/g)].map(([, name = '']) => name).filter((name) => !name.startsWith('__'));
      expect([uid, list.map(({ name }) => name).toSorted()]).toEqual([uid, [...new Set([...shared, ...used])].toSorted()]);
    }
  });

  it('begins with this service and all of its instances', () => {
    for (const { templating: { list } } of dashboards) {
      const [datasource, job, ...others] = list;
      expect([datasource?.current.value, job?.current.value]).toEqual(['prometheus', 'agent']);
      for (const each of others.filter(({ type }) => type === 'query')) expect(each).toMatchObject({ multi: true, includeAll: true, allValue: '.*', current: { value: '$__all' } });
    }
  });

  it('leads to the others, with what was chosen, and to the runs', () => {
    for (const { tags, links } of dashboards) {
      expect(links).toContainEqual(expect.objectContaining({ type: 'dashboards', tags: [...tags], includeVars: true, keepTime: true }));
      expect(links.map(({ url }) => url)).toContainEqual(expect.stringContaining('/v1/runs?'));
    }
  });

  it('marks deploys and breaker trips', () => {
    for (const { annotations: { list } } of dashboards) expect(list.map(({ name }) => name)).toEqual(['Deploys', 'Breaker trips']);
  });

  it('can not be changed in the browser', () => {
    expect(dashboards.filter(({ editable }) => editable)).toEqual([]);
  });
});

describe('each panel', () => {
  it('has an id and a title of its own on its dashboard', () => {
    for (const { panels: own } of dashboards) {
      expect(new Set(own.map(({ id }) => id)).size).toBe(own.length);
      expect(new Set(own.map(({ title }) => title)).size).toBe(own.length);
    }
  });

  it('says what it means', () => {
    expect(panels.length).toBeGreaterThan(80);
    expect(panels.filter(({ panel: { title, description = '' } }) => title === '' || !/^[A-Zp\d].{18,}\.$/.test(description)).map(({ where }) => where)).toEqual([]);
  });

  it('has a unit that Grafana knows, when it shows numbers', () => {
    const known: readonly unknown[] = Object.values(units);
    const numbers = panels.filter(({ panel }) => panel.targets?.some(({ datasource }) => datasource.type === 'prometheus'));
    expect(numbers.filter(({ panel }) => !known.includes(panel.fieldConfig?.defaults.unit)).map(({ where }) => where)).toEqual([]);
  });

  it('has its own queries, from the place that the panel names', () => {
    for (const { panel: { type, targets = [], datasource }, where } of panels) {
      expect([where, targets.length > 0]).toEqual([where, type !== 'text']);
      expect([where, targets.filter((target) => target.datasource.uid !== datasource?.uid)]).toEqual([where, []]);
      expect([where, targets.map(({ refId }) => refId)]).toEqual([where, targets.map((_, index) => 'ABCDEFGH'[index])]);
    }
  });

  it('lies on the grid, on top of no other', () => {
    for (const { panels: own } of dashboards) {
      expect(own.filter(({ gridPos: { x, w, h } }) => x < 0 || w < 1 || h < 1 || x + w > 24)).toEqual([]);
      expect(overlaps(own)).toEqual([]);
    }
  });

  it('leaves no gap beside it', () => {
    for (const { uid, panels: own } of dashboards) {
      const widths = Map.groupBy(own, ({ gridPos }) => gridPos.y);
      expect([uid, [...widths].filter(([, line]) => line.reduce((sum, { gridPos }) => sum + gridPos.w, 0) !== 24).map(([y]) => y)]).toEqual([uid, []]);
    }
  });
});

describe('the overview', () => {
  const slos = readSlos('config/slo.yaml');
  const shown = panels.filter(({ dashboard: { uid }, panel: { title } }) => uid === 'agent-overview' && title.endsWith(', 30 days')).map(({ panel }) => panel);

  it('has the objectives of config/slo.yaml, and turns red below them', () => {
    expect(shown.map(({ targets, fieldConfig }) => [targets?.[0]?.legendFormat, fieldConfig?.defaults.thresholds?.steps.map(({ value }) => value)])).toEqual(
      slos.objectives.map(({ name, target }) => [name, [null, Number((target / 100).toFixed(10))]]),
    );
  });

  it('says the limits that they have', () => {
    for (const [index, { at_most_seconds: limit }] of slos.objectives.entries()) if (limit !== undefined) expect(shown[index]?.description).toContain(`${limit} seconds`);
  });
});

describe('these checks', () => {
  it('see panels on top of each other', () => {
    const at = (title: string, x: number, y: number) => ({ title, gridPos: { x, y, w: 12, h: 8 } }) as Panel;
    expect(overlaps([at('a', 0, 0), at('b', 12, 0), at('c', 6, 8)])).toEqual([]);
    expect(overlaps([at('a', 0, 0), at('b', 11, 7)])).toEqual(['a and b']);
  });
});

function overlaps(own: readonly Panel[]): string[] {
  return own.flatMap((one, index) => own.slice(index + 1).filter((other) => touches(one.gridPos, other.gridPos)).map((other) => `${one.title} and ${other.title}`));
}

function touches(one: Panel['gridPos'], other: Panel['gridPos']): boolean {
  return one.x < other.x + other.w && other.x < one.x + one.w && one.y < other.y + other.h && other.y < one.y + one.h;
}
