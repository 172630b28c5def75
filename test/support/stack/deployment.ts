import { setTimeout as pause } from 'node:timers/promises';
import { Simulator } from '../../../src/llm/simulator/simulator.js';
import { Child } from '../child.js';
import { freePort } from '../free-port.js';
import { OtlpReceiver } from '../otlp-receiver.js';
import { PostgresServer } from '../postgres.js';
import { TcpProxy } from '../tcp-proxy.js';

/** Requests that may run at once: few enough to fill. */
export const PLACES = 40;
/** Between two questions of one client: on a quick machine, clients that never pause use the tokens of a busy hour. */
const PAUSE_MILLISECONDS = 100;
/** Between the first questions of two clients: in step, they would all be answered at once, and then for long nobody. */
const STEP_MILLISECONDS = 300;

/** The agent as a process of its own, on Postgres, with a collector behind a proxy, and a model that can be scripted. */
export class Deployment {
  private child: Child | undefined;

  private constructor(
    readonly port: number, readonly simulator: Simulator, readonly postgres: PostgresServer, readonly receiver: OtlpReceiver, readonly collector: TcpProxy,
  ) {}

  static async start(): Promise<Deployment> {
    const receiver = await OtlpReceiver.start();
    const deployment = new Deployment(await freePort(), await Simulator.start(), await PostgresServer.start(), receiver, await TcpProxy.to(receiver.httpUrl));
    await deployment.resume();
    return deployment;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Starts the agent, again after `kill`, on the same port. */
  async resume(): Promise<void> {
    this.child = Child.start(['serve'], { environment: {
      PORT: String(this.port), DATABASE_URL: this.postgres.url, ANTHROPIC_API_KEY: 'test-key-0123456789', ANTHROPIC_BASE_URL: this.simulator.url,
      OTEL_EXPORTER_OTLP_ENDPOINT: this.collector.url, OTEL_BSP_SCHEDULE_DELAY: '200', OTEL_BLRP_SCHEDULE_DELAY: '200', OTEL_LOGS_EXPORTER: 'otlp',
      MAX_CONCURRENT_RUNS: String(PLACES), WORKER_CONCURRENCY: '2', BREAKER_OPEN: '0.2', SHED_LAG: '0',
    } });
    await this.child.url();
  }

  /** Ends the agent as a lost machine would. */
  async kill(): Promise<void> {
    this.child?.signal('SIGKILL');
    await this.child?.ended;
  }

  /** One question. Resolves with the status, 0 when there was no answer. */
  async ask(message: string, correlationId?: string): Promise<number> {
    const headers = { 'content-type': 'application/json', ...(correlationId !== undefined && { 'x-correlation-id': correlationId }) };
    try {
      const answer = await fetch(`${this.url}/chat`, { method: 'POST', headers, body: JSON.stringify({ message }) });
      await answer.text();
      return answer.status;
    } catch {
      return 0;
    }
  }

  /** Asks again and again, so many at once, while something is done; then waits for the last answers. */
  async underLoad(questions: () => string, atOnce: number, work: () => Promise<void>): Promise<void> {
    let going = true;
    const client = async (place: number) => {
      await pause(place * STEP_MILLISECONDS);
      while (going) {
        await this.ask(questions());
        await pause(PAUSE_MILLISECONDS);
      }
    };
    const clients = Array.from({ length: atOnce }, (_, place) => client(place));
    try {
      await work();
    } finally {
      going = false;
      this.simulator.failEverything(undefined);
      await Promise.all(clients);
    }
  }

  async stop(): Promise<void> {
    await this.kill();
    await this.collector.refuse();
    await this.receiver.stop();
    await this.postgres.stop();
    await this.simulator.close();
  }
}
