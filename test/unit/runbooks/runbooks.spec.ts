import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { FACTS } from '../../../src/kernel/facts.js';
import { OPERATIONS } from '../../../src/kernel/operations.js';
import type { LogLine, Shape } from '../../../src/kernel/shape.js';
import { INSTRUMENTS } from '../../../src/metrics/instruments.js';
import { ENVIRONMENT } from '../../../src/settings/environment.schema.js';
import { codeOf, tablesOf, type Document } from '../../support/docs/documents.js';
import { Vocabulary } from '../../support/docs/vocabulary.js';
import { eventsOf, metricsOf, notPromql } from './queries.js';
import { alerts, blocksOf, pages, recorded, runbooks } from './runbook-files.js';

const HEADINGS = ['## What it means', '## How to confirm', '## Likely causes', '## What to do', '## When to escalate'];
const DASHBOARDS = ['agent-overview', 'agent-red', 'agent-llm', 'agent-tools', 'agent-runtime', 'agent-run'];
/** Prometheus's own series, and one that prom-client gives every process. */
const OF_PROMETHEUS = ['up', 'ALERTS', 'scrape_samples_scraped', 'scrape_samples_post_metric_relabeling', 'process_start_time_seconds'];
/** Written when a pillar of telemetry broke, and so not by the catalogue: see docs/telemetry.md. */
const OUTSIDE_THE_CATALOGUE = 'telemetry.pillar_failed';

const { links } = parse(readFileSync('config/slo.yaml', 'utf8')) as { links: { runbooks: string; dashboards: string } };
const vocabulary = new Vocabulary();
const known = knownMetrics();
const events = new Set([...catalogueEvents(), OUTSIDE_THE_CATALOGUE]);

/** `page: finding` over pages. */
function findings(of: ReadonlyMap<string, Document>, look: (page: Document, name: string) => Iterable<string>): string[] {
  return [...of].flatMap(([name, page]) => [...look(page, name)].map((finding) => `${name}: ${finding}`));
}

function knownMetrics(): ReadonlySet<string> {
  const series = Object.entries(INSTRUMENTS).flatMap(([name, { type }]) => (type === 'histogram' ? ['bucket', 'sum', 'count'].map((part) => `${name}_${part}`) : [name]));
  return new Set([...series, ...recorded, ...OF_PROMETHEUS]);
}

function catalogueEvents(): string[] {
  const operations: readonly Shape[] = Object.values(OPERATIONS);
  const lines: readonly LogLine[] = [...operations.flatMap(({ log }) => Object.values(log)), ...Object.values(FACTS).flatMap(({ log }) => (log ? [log] : []))];
  return lines.map(([, event]) => event);
}

/** Without what begins with a comment mark in a block: only headings. */
function headingsOf({ text }: Document): string[] {
  return text.replace(/^```[\s\S]*?^```$/gm, '').match(/^#{1,6} .*$/gm) ?? [];
}

function sectionOf({ text }: Document, heading: string): string {
  return text.split(`${heading}\n`)[1]?.split(/^## /m)[0] ?? '';
}

function environmentNames({ text, spans }: Document): string[] {
  const written = [...text.matchAll(/(?<![\w{])([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|[A-Z]{3,}(?==\S))/g)].map(([, name = '']) => name);
  return [...written, ...spans.filter((span) => /^[A-Z]{3,}$/.test(span))];
}

describe('alerts and runbooks', () => {
  it('every alert has its runbook, and every runbook its alert', () => {
    expect(alerts.length).toBeGreaterThanOrEqual(20);
    expect([...runbooks.keys()].toSorted()).toEqual([...new Set(alerts.map(({ alert }) => alert))].toSorted());
  });

  it.each(alerts.map((alert) => [alert.alert, alert.labels.slo ?? '-', alert] as const))('the links of %s (%s) lead somewhere', (name, _slo, { annotations }) => {
    expect(annotations.runbook_url).toBe(`${links.runbooks}/${name}`);
    expect(pages.has(name)).toBe(true);
    const [before, dashboard = ''] = (annotations.dashboard_url ?? '').split(`${links.dashboards}/`);
    expect([before, DASHBOARDS.includes(dashboard.split('?')[0] ?? '')]).toEqual(['', true]);
  });

  it('the index has every alert once, and every walk-through', () => {
    const index = pages.get('README');
    if (!index) throw new Error('docs/runbooks/README.md is missing');
    const rows = tablesOf(index, 'Alert').flat();
    expect(rows.map(([cell = '']) => cell)).toEqual([...new Set(rows.map(([cell = '']) => cell))]);
    expect(rows.map(([cell = '']) => /^\[(\w+)\]\(\1\.md\)$/.exec(cell)?.[1]).toSorted()).toEqual([...runbooks.keys()].toSorted());
    expect(rows.filter(([, first = '']) => first === '')).toEqual([]);
    expect([...pages.keys()].filter((name) => name.startsWith('walk-through-') && !index.links.includes(`${name}.md`))).toEqual([]);
  });
});

describe('every runbook', () => {
  it('has its headings in order, a sentence, and 30 to 60 lines', () => {
    expect(findings(runbooks, (page, name) => (JSON.stringify(headingsOf(page)) === JSON.stringify([`# ${name}`, ...HEADINGS]) ? [] : headingsOf(page)))).toEqual([]);
    expect(findings(runbooks, ({ text }) => (/^# .*\n\n[^#\n][^\n]*[.]\n\n## /.test(text) ? [] : ['no sentence below its heading']))).toEqual([]);
    expect(findings(runbooks, ({ text }) => {
      const lines = text.trimEnd().split('\n').length;
      return lines < 30 || lines > 60 ? [`${lines} lines`] : [];
    })).toEqual([]);
  });

  it('shows how to confirm it in PromQL, with curl, in LogQL and with jq', () => {
    const wanted: readonly (readonly [what: string, language: string, pattern: RegExp])[] = [
      ['PromQL', 'promql', /./], ['a curl', 'bash', /\bcurl /], ['LogQL', 'logql', /^(?:.*\()?\{service_name="task-automation-agent"\}.*event=/m], ['jq on log lines', 'bash', /\bjq .*agent\.log/],
    ];
    expect(findings(runbooks, (page) => {
      const confirm = sectionOf(page, '## How to confirm');
      return wanted.filter(([, language, pattern]) => !blocksOf(page, language).some((block) => confirm.includes(block) && pattern.test(block))).map(([what]) => `no ${what}`);
    })).toEqual([]);
  });

  it('has causes with their signs and numbered steps, and says to whom, when and with what', () => {
    expect(findings(runbooks, (page) => {
      const [causes, steps, escalate] = ['## Likely causes', '## What to do', '## When to escalate'].map((heading) => sectionOf(page, heading)) as [string, string, string];
      return [
        ...(/^1\. .*[.:].*\n2\. /m.test(causes) ? [] : ['no list of causes']), ...(/^1\. [\s\S]*\n3\. /m.test(steps) ? [] : ['no numbered steps']),
        ...(/`(?:platform|finance)`/.test(escalate) && /minute|hour|day|at once/.test(escalate) && /\bSay: /.test(escalate) ? [] : ['not to whom, when and with what']),
      ];
    })).toEqual([]);
  });

  it('names the owner that its alert has', () => {
    const owners = new Map(alerts.map(({ alert, labels }) => [alert, labels.owner ?? 'nobody']));
    expect(findings(runbooks, (page, name) => (sectionOf(page, '## When to escalate').includes(`\`${owners.get(name)}\``) ? [] : [`not ${owners.get(name)}`]))).toEqual([]);
  });
});

describe('what the pages name exists', () => {
  it('PromQL', () => {
    const queries = [...pages.values()].flatMap((page) => blocksOf(page, 'promql'));
    expect(queries.length).toBeGreaterThanOrEqual(40);
    expect(findings(pages, (page) => blocksOf(page, 'promql').flatMap(notPromql))).toEqual([]);
    expect(findings(pages, (page) => blocksOf(page, 'promql').flatMap(metricsOf).filter((metric) => !known.has(metric)))).toEqual([]);
  });

  it('log events', () => {
    const asked = findings(pages, (page) => eventsOf(page.text));
    expect(asked.length).toBeGreaterThanOrEqual(40);
    expect(findings(pages, (page) => eventsOf(page.text).filter((event) => !events.has(event)))).toEqual([]);
  });

  it('settings', () => {
    const isSetting = (name: string) => name in ENVIRONMENT.shape || name.startsWith('OTEL_') || name === 'SIGTERM';
    expect(findings(pages, environmentNames).length).toBeGreaterThanOrEqual(60);
    expect(findings(pages, (page) => environmentNames(page).filter((name) => !isSetting(name)))).toEqual([]);
  });

  it('commands', () => {
    const commands = (page: Document) => [...codeOf(page).matchAll(/\bnpx task-agent\b ?([\w-]*)/g)].map(([, command = '']) => command);
    expect(findings(pages, commands).length).toBeGreaterThanOrEqual(10);
    expect(findings(pages, (page) => commands(page).filter((command) => !vocabulary.commands.has(command)))).toEqual([]);
  });

  it('addresses of the service', () => {
    const addresses = (page: Document) => [...codeOf(page).matchAll(/127\.0\.0\.1:8080(\/[\w/]*)/g)].map(([, path = '']) => path.replace(/run_\w*$/, ''));
    const served = ['/health/live', '/health/ready', '/metrics', '/v1/runs', '/v1/runs/', '/v1/slo', '/chat'];
    expect(findings(pages, (page) => addresses(page).filter((path) => !served.includes(path)))).toEqual([]);
  });
});

describe('these checks', () => {
  it('see what is wrong', () => {
    expect(notPromql('sum by (job) (rate(up[5m])')).not.toEqual([]);
    expect(notPromql('up{job="agent"} == 0 or absent(up)')).toEqual([]);
    expect(metricsOf('sum(rate(agent_requests_totals[5m])) / job:agent_cost_usd:increase1h > 1')).toEqual(['agent_requests_totals', 'job:agent_cost_usd:increase1h']);
    expect(eventsOf('{a="b"} | event="x.y" |~ "c.d|e.f"\nselect(.event == "g.h")')).toEqual(['x.y', 'g.h', 'c.d', 'e.f']);
  });
});
