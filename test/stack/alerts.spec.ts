import { createServer } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { Child } from '../support/child.js';
import { eventually } from '../support/eventually.js';
import { ALERTMANAGER, PROMETHEUS } from '../support/prometheus.js';
import { withoutPromtool } from '../support/promtool.js';
import { RunsClient } from '../support/runs-client.js';
import { dashboardQueries } from '../support/stack/dashboard-queries.js';
import { Deployment, PLACES } from '../support/stack/deployment.js';
import { Monitoring } from '../support/stack/monitoring.js';
import { hurriedRules } from '../support/stack/hurried-rules.js';
import { nameOf } from '../support/stack/alert-watch.js';
import type { SloReport } from '../../src/slo/slo.service.js';
import { alertsOf, type RuleFile } from '../../src/slo/rules.js';
import { parse } from 'yaml';

/** How long an alert may take to fire or to end: the longest window that must become clean is 36 s; the rest is for slow machines. */
const PATIENCE = 90_000;
/** Of one model call; a request makes two. */
const SLOW_SECONDS = 6;
const ALL = [...new Set(alertsOf(parse(hurriedRules()) as RuleFile).map(({ alert, labels }) => nameOf({ ...labels, alertname: alert })))];

/** A busy machine scrapes late, and a hurried rule has no patience with that; promtool shows that these are silent when they should be. */
const OF_LATE_SCRAPES = ['InstanceDown', 'ServiceDown', 'MetricsMissing'];

/** Queries that may answer nothing although all is well, and why. */
const MAY_BE_EMPTY: readonly (readonly [RegExp, string])[] = [
  [/agent_fallbacks_total/, 'no other model is configured'],
  [/openai_background_jobs_total/, 'no chat program asks'],
  [/metrics_label_overflow_total/, 'no label is full'],
  [/agent_degraded_total/, 'no optional tool was away'],
];

let agent: Deployment;
let monitoring: Monitoring;
let number = 0;
const question = () => `What is ${++number} multiplied by 23?`;

/** Whether a query answers something, now or soon: while a scrape is late, there is nothing. */
async function shows(query: string): Promise<boolean> {
  for (let attempt = 0; attempt < 20; attempt++) {
    if ((await monitoring.prometheus.query(query)).length > 0) return true;
    await pause(100);
  }
  return false;
}

(withoutPromtool(PROMETHEUS, ALERTMANAGER) ? describe.skip : describe)('a real Prometheus and Alertmanager', () => {
  beforeAll(async () => {
    agent = await Deployment.start();
    monitoring = await Monitoring.start(`127.0.0.1:${agent.port}`);
  }, 60_000);
  afterAll(async () => {
    await monitoring?.stop();
    await agent?.stop();
    await Child.killAll();
  }, 30_000);

  it('load every rule without a complaint', async () => {
    const rules = await monitoring.rules();
    expect(rules.length).toBe((parse(hurriedRules()) as RuleFile).groups.flatMap(({ rules: all }) => all).length);
    await eventually(async () => (await monitoring.prometheus.query('up{job="agent"}'))[0]?.value[1] === '1');
  });

  it('are quiet while all is well', async () => {
    await agent.underLoad(question, 4, async () => {
      await pause(4_000);
      await eventually(async () => (await monitoring.prometheus.query('job:agent_slo_errors:ratio_rate5m{slo="availability"} == 0')).length === 1);
    });
    expect(monitoring.watch.firing.filter((name) => name !== 'Watchdog' && !OF_LATE_SCRAPES.includes(name))).toEqual([]);
  });

  it('tell of answers that are slow, of a full house and of runs that wait', async () => {
    const runs = new RunsClient(agent.url);
    agent.simulator.failEverything({ kind: 'slow', milliseconds: SLOW_SECONDS * 1_000 });
    for (let run = 0; run < 4; run++) await runs.create({ message: question() }, { prefer: 'respond-async' });
    await agent.underLoad(question, PLACES - 2, () => monitoring.watch.haveFired([
      'HighActiveRequests', 'RunStuck', 'QueueBacklog', 'HighLatency', 'VeryHighLatency', 'ErrorBudgetBurnRateFast/latency', 'ErrorBudgetBurnRateSlow/latency',
      'ErrorBudgetBurnRateFast/time_to_first_token', 'ErrorBudgetBurnRateSlow/time_to_first_token',
    ], PATIENCE));
  }, PATIENCE + 60_000);

  it('tell of a model that fails', async () => {
    agent.simulator.failEverything({ kind: 'error', status: 500, type: 'api_error' });
    await agent.underLoad(question, 4, () => monitoring.watch.haveFired([
      'HighErrorRate', 'CriticalErrorRate', 'LLMAPIErrors', 'CircuitBreakerOpen', 'FrequentCircuitBreakerTrips', 'ErrorBudgetBurnRateFast/availability', 'ErrorBudgetBurnRateSlow/availability',
    ], PATIENCE));
  }, PATIENCE + 30_000);

  it('tell of what costs too much', async () => {
    agent.simulator.failEverything({ kind: 'reply', content: [{ type: 'text', text: 'A long story.' }], usage: { input_tokens: 150_000, output_tokens: 5_000 } });
    await agent.underLoad(question, 4, () => monitoring.watch.haveFired(['HighTokenUsage', 'BudgetBurn'], PATIENCE));
  }, PATIENCE + 30_000);

  it('tell of a store that is away', async () => {
    await agent.postgres.kill();
    await agent.underLoad(question, 1, () => monitoring.watch.haveFired(['StoreDown'], PATIENCE));
    await agent.postgres.resume();
  }, PATIENCE + 30_000);

  it('tell of a collector that is away', async () => {
    await agent.collector.refuse();
    await agent.underLoad(question, 1, () => monitoring.watch.haveFired(['TelemetryExportFailing'], PATIENCE));
    await agent.collector.accept();
  }, PATIENCE + 30_000);

  it('have something to show on every panel', async () => {
    await agent.ask(`${question()} [[bad_input, ok]]`); // a tool that fails
    await agent.ask(''); // a request that makes no sense
    await fetch(`${agent.url}/health/ready`);
    const empty: string[] = [];
    await agent.underLoad(question, 2, async () => {
      await pause(2_000);
      for (const { panel, query } of dashboardQueries()) {
        if (!MAY_BE_EMPTY.some(([pattern]) => pattern.test(query)) && !await shows(query)) empty.push(`${panel}: ${query}`);
      }
    });
    expect(empty).toEqual([]);
  }, 60_000);

  it('say of the objectives what the service says of itself', async () => {
    const { objectives } = await (await fetch(`${agent.url}/v1/slo`)).json() as SloReport;
    const said = Object.fromEntries(objectives.map(({ name, windows }) => [name, { all: windows.at(-1)?.events, bad: windows.at(-1)?.bad }]));
    const count = async (query: string) => Number((await monitoring.prometheus.query(query))[0]?.value[1]);
    const errors = 'sum(agent_request_duration_seconds_count{status="error"}) + sum(agent_requests_rejected_total{reason=~"queue_full|load_shed|draining"})';
    const answers = 'sum(agent_request_duration_seconds_count{status="success"})';
    await eventually(async () => (await count(answers)) === said.latency?.all); // the last scrape was a moment ago
    expect(said).toMatchObject({
      availability: { bad: await count(errors), all: await count(`${errors} + ${answers}`) },
      latency: { bad: await count(`${answers} - sum(agent_request_duration_seconds_bucket{status="success",le="5"})`) },
      time_to_first_token: { all: await count('sum(llm_time_to_first_token_seconds_count)'), bad: await count('sum(llm_time_to_first_token_seconds_count) - sum(llm_time_to_first_token_seconds_bucket{le="2"})') },
    });
    expect(said.availability?.bad).toBeGreaterThan(0);
    expect(said.latency?.bad).toBeGreaterThan(0);
  });

  it('lead from a bucket of a histogram to its trace', async () => {
    await agent.ask(question());
    await eventually(async () => {
      const traces = new Set(agent.receiver.spans.map(({ traceId }) => traceId));
      const exemplars = await monitoring.prometheus.exemplars('agent_request_duration_seconds_bucket');
      return exemplars.some(({ labels }) => traces.has(labels.trace_id ?? ''));
    });
  });

  it('tell of a service that is gone, and of one that shows something else', async () => {
    await agent.kill();
    await monitoring.watch.haveFired(['ServiceDown', 'InstanceDown'], PATIENCE);
    const stranger = createServer((_request, response) => response.setHeader('content-type', 'text/plain').end('python_info 1\n'));
    await new Promise<void>((resolve) => stranger.listen(agent.port, '127.0.0.1', resolve));
    await monitoring.watch.haveFired(['MetricsMissing'], PATIENCE);
    stranger.closeAllConnections();
    await new Promise((resolve) => stranger.close(resolve));
  }, 2 * PATIENCE);

  it('say of each alert that it is over, when it is', async () => {
    await agent.resume();
    await agent.underLoad(question, 1, () => monitoring.watch.onlyFire(['Watchdog'], PATIENCE));
    expect([...monitoring.watch.firedIn.prometheus].sort()).toEqual([...ALL].sort());
  }, PATIENCE + 30_000);

  it('told whom they should, with the way to the runbook', async () => {
    await eventually(() => monitoring.pager.told('page', 'ServiceDown').some(({ status }) => status === 'resolved'), 30_000);
    expect(monitoring.pager.told('page', 'ServiceDown')[0]).toMatchObject({ status: 'firing', annotations: { runbook_url: expect.stringMatching(/\/runbooks\/ServiceDown$/) } });
    expect(monitoring.pager.told('deadman', 'Watchdog').length).toBeGreaterThan(0);
    expect(monitoring.pager.told('finance', 'BudgetBurn').length).toBeGreaterThan(0);
    // The page for the objective is enough: its ticket is inhibited while it is open.
    expect(monitoring.pager.told('page', 'ErrorBudgetBurnRateFast').length).toBeGreaterThan(0);
    expect((await monitoring.rules()).filter(({ health }) => health !== 'ok')).toEqual([]);
  }, 40_000);
});
