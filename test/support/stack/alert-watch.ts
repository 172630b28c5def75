import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Monitor } from '../prometheus.js';

interface Notification { readonly status: 'firing' | 'resolved'; readonly labels: Readonly<Record<string, string>>; readonly annotations: Readonly<Record<string, string>> }
interface FiringAlert { readonly state: string; readonly labels: Readonly<Record<string, string>> }

const LOOK_MILLISECONDS = 50;

/** `HighLatency`, or with its objective where one name stands for several: `ErrorBudgetBurnRateFast/latency`. */
export function nameOf(labels: Readonly<Record<string, string>>): string {
  return labels.alertname?.startsWith('ErrorBudget') === true ? `${labels.alertname}/${labels.slo}` : labels.alertname ?? '';
}

/** Takes the notifications of an Alertmanager, each receiver at its own path. */
export class Pager {
  readonly received = new Map<string, Notification[]>();

  private constructor(private readonly server: Server) {}

  static async start(): Promise<Pager> {
    const server = createServer();
    const pager = new Pager(server);
    server.on('request', (request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (text: string) => { body += text; }).on('end', () => {
        const receiver = request.url?.slice(1) ?? '';
        pager.received.set(receiver, [...pager.received.get(receiver) ?? [], ...(JSON.parse(body) as { alerts: Notification[] }).alerts]);
        response.end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return pager;
  }

  url(receiver: string): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/${receiver}`;
  }

  /** What a receiver was told of an alert, in order. */
  told(receiver: string, alert: string): readonly Notification[] {
    return (this.received.get(receiver) ?? []).filter(({ labels }) => labels.alertname === alert);
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

/** Looks at Prometheus and Alertmanager all the time, and remembers every alert that it saw. */
export class AlertWatch {
  readonly firedIn = { prometheus: new Set<string>(), alertmanager: new Set<string>() };
  private now: readonly string[] = [];
  private watching = true;
  private readonly over: Promise<void>;

  constructor(private readonly prometheus: Monitor, private readonly alertmanager: Monitor) {
    this.over = this.watch();
  }

  /** Names of the alerts that fire at this moment. */
  get firing(): readonly string[] {
    return this.now;
  }

  /** Waits until all of these have fired and reached the Alertmanager. @throws Error that names those that have not */
  async haveFired(names: readonly string[], milliseconds: number): Promise<void> {
    const missing = () => names.filter((name) => !this.firedIn.prometheus.has(name) || !this.firedIn.alertmanager.has(name));
    await this.until(() => missing().length === 0, milliseconds, () => `never fired: ${missing().join(', ')}; firing now: ${this.now.join(', ')}`);
  }

  /** Waits until nothing fires but these. @throws Error that names the others */
  async onlyFire(names: readonly string[], milliseconds: number): Promise<void> {
    const others = () => this.now.filter((name) => !names.includes(name));
    await this.until(() => others().length === 0, milliseconds, () => `still firing: ${others().join(', ')}`);
  }

  async stop(): Promise<void> {
    this.watching = false;
    await this.over;
  }

  private async until(holds: () => boolean, milliseconds: number, complaint: () => string): Promise<void> {
    const end = performance.now() + milliseconds;
    while (!holds()) {
      if (performance.now() > end) throw new Error(complaint());
      await pause(LOOK_MILLISECONDS);
    }
  }

  private async watch(): Promise<void> {
    while (this.watching) {
      const { alerts } = await this.prometheus.ask<{ alerts: FiringAlert[] }>('alerts');
      this.now = alerts.filter(({ state }) => state === 'firing').map(({ labels }) => nameOf(labels));
      for (const name of this.now) this.firedIn.prometheus.add(name);
      const active = await (await fetch(`${this.alertmanager.url}/api/v2/alerts`)).json() as FiringAlert[];
      for (const { labels } of active) this.firedIn.alertmanager.add(nameOf(labels));
      await pause(LOOK_MILLISECONDS);
    }
  }
}
