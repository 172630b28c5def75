import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { freePort } from '../free-port.js';
import { Monitor } from '../prometheus.js';
import { AlertWatch, Pager } from './alert-watch.js';
import { hurriedRules } from './hurried-rules.js';

interface PrometheusConfig { global: object; scrape_configs: { job_name: string; static_configs: { targets: string[] }[] }[]; alerting: { alertmanagers: { static_configs: { targets: string[] }[] }[] }; rule_files: string[] }
interface AlertmanagerConfig { global: object; route: Route; receivers: { name: string }[] }
interface Route { group_wait?: string; group_interval?: string; repeat_interval?: string; routes?: Route[] }

/** Prometheus and Alertmanager with the files that are committed, in a hurry, and everything that looks at them. */
export class Monitoring {
  private constructor(
    readonly prometheus: Monitor, readonly alertmanager: Monitor, readonly pager: Pager, readonly watch: AlertWatch, private readonly folder: string,
  ) {}

  /** @param target host and port of the agent's `/metrics` */
  static async start(target: string): Promise<Monitoring> {
    const folder = mkdtempSync(join(tmpdir(), 'task-agent-monitoring-'));
    const pager = await Pager.start();
    const [prometheusPort, alertmanagerPort] = [await freePort(), await freePort()];
    const file = (name: string, content: string) => {
      writeFileSync(join(folder, name), content);
      return join(folder, name);
    };
    const alertmanager = await Monitor.alertmanager(file('alertmanager.yml', alertmanagerConfig(pager)), alertmanagerPort);
    file('hurried.rules.yml', hurriedRules());
    const prometheus = await Monitor.prometheus(file('prometheus.yml', prometheusConfig(target, `127.0.0.1:${alertmanagerPort}`)), prometheusPort);
    return new Monitoring(prometheus, alertmanager, pager, new AlertWatch(prometheus, alertmanager), folder);
  }

  /** Every rule that was loaded, and whether it could be evaluated. */
  async rules(): Promise<readonly { readonly name: string; readonly health: string; readonly lastError?: string }[]> {
    const { groups } = await this.prometheus.ask<{ groups: { rules: { name: string; health: string }[] }[] }>('rules');
    return groups.flatMap(({ rules }) => rules);
  }

  async stop(): Promise<void> {
    await this.watch.stop();
    await Promise.all([this.prometheus.stop(), this.alertmanager.stop()]);
    this.pager.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function prometheusConfig(agent: string, alertmanager: string): string {
  const config = parse(readFileSync('config/prometheus/prometheus.yml', 'utf8')) as PrometheusConfig;
  return stringify({
    ...config,
    global: { ...config.global, scrape_interval: '150ms', scrape_timeout: '150ms', evaluation_interval: '100ms' },
    rule_files: ['hurried.rules.yml'],
    alerting: { alertmanagers: [{ static_configs: [{ targets: [alertmanager] }] }] },
    scrape_configs: config.scrape_configs.filter(({ job_name: job }) => job === 'agent').map((job) => ({ ...job, static_configs: [{ targets: [agent] }] })),
  });
}

function alertmanagerConfig(pager: Pager): string {
  const config = parse(readFileSync('config/alertmanager/alertmanager.yml', 'utf8')) as AlertmanagerConfig;
  const hurried = (route: Route): Route => ({ ...route, group_wait: '100ms', group_interval: '500ms', repeat_interval: '1s', ...(route.routes && { routes: route.routes.map(hurried) }) });
  return stringify({
    ...config, route: hurried(config.route),
    receivers: config.receivers.map(({ name }) => ({ name, webhook_configs: [{ url: pager.url(name), send_resolved: true }] })),
  });
}
