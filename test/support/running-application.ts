import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApplication } from '../../src/application.js';
import { HttpServer } from '../../src/http/http-server.js';
import { Clock } from '../../src/kernel/clock.js';
import { Simulator, type SimulatorOptions } from '../../src/llm/simulator/simulator.js';
import { Settings } from '../../src/settings/settings.js';
import { TraceExport } from '../../src/tracing/trace-export.js';
import { Work } from '../../src/worker/work.js';
import { MemoryOutput } from './memory-output.js';

/** The whole application over real HTTP, with a simulated model that the test can script and a log that it can read. */
export class RunningApplication {
  private constructor(
    readonly app: NestFastifyApplication,
    readonly url: string,
    readonly simulator: Simulator,
    readonly log: MemoryOutput,
    readonly folder: string,
  ) {}

  /** The model has a real name and a price, as in production; `environment` adds to or replaces the settings. */
  static async start(environment: Readonly<Record<string, string>> = {}, options: SimulatorOptions = {}): Promise<RunningApplication> {
    const simulator = await Simulator.start({ keepRequests: 5_000, ...options });
    const folder = await mkdtemp(join(tmpdir(), 'task-agent-'));
    const settings = Settings.from({
      ANTHROPIC_API_KEY: 'test-key-0123456789', ANTHROPIC_BASE_URL: simulator.url,
      OPEN_METEO_URL: `${simulator.url}/simulated/open-meteo`, OPEN_METEO_GEOCODING_URL: `${simulator.url}/simulated/open-meteo/geocode`,
      SEARCH_PROVIDER: 'searxng', SEARXNG_URL: `${simulator.url}/simulated/searxng`,
      NOTES_DIR: join(folder, 'notes'), DATA_DIR: join(folder, 'data'), PORT: '0', ENVIRONMENT: 'test',
      SHED_LAG: '0', // A test machine may stand still for a second; tests of shedding turn it on.
      ...environment,
    }, '0.1.0');
    const log = new MemoryOutput();
    const app = await createApplication({ settings, output: log, tracing: new TraceExport(true) });
    const work = app.get(Work, { strict: false });
    try {
      await work.open();
      const url = await app.get(HttpServer).listen();
      work.start({ takeRuns: true });
      return new RunningApplication(app, url, simulator, log, folder);
    } catch (error) {
      await app.close();
      await simulator.close();
      throw error;
    }
  }

  async stop(): Promise<void> {
    await this.app.close();
    await this.simulator.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** `POST /chat` with a JSON body, or with exactly `raw`. */
  chat(body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    return fetch(`${this.url}/chat`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) });
  }

  /** From now on the clock of breakers and budgets is ahead. Timers are not. */
  passTime(milliseconds: number): void {
    const clock = this.app.get(Clock, { strict: false });
    const monotonic = clock.monotonic.bind(clock);
    clock.monotonic = () => monotonic() + milliseconds;
  }

  async metrics(): Promise<string> {
    return (await fetch(`${this.url}/metrics`)).text();
  }

  /** The value of the one series that has this name and these labels, or undefined when there is none. */
  async metric(name: string, labels: Readonly<Record<string, string>> = {}): Promise<number | undefined> {
    const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
    const lines = (await this.metrics()).split('\n').filter((text) => (text.startsWith(`${name}{`) || text.startsWith(`${name} `)) && wanted.every((pair) => text.includes(pair)));
    if (lines.length > 1) throw new Error(`${name} ${JSON.stringify(labels)} is more than one series: ${lines.join(', ')}`);
    return lines[0] === undefined ? undefined : Number(lines[0].slice(lines[0].lastIndexOf(' ') + 1));
  }
}
