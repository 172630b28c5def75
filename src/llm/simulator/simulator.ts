import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ApiError, Violation } from './protocol/api-error.js';
import { Exchange } from './exchange.js';
import { requestId } from './protocol/identifiers.js';
import { ControlEndpoint, type Sightings } from './control-endpoint.js';
import { parseSteps } from './fault-notation.js';
import { MessagesEndpoint } from './messages-endpoint.js';
import { MODEL_LIST } from './protocol/model-list.js';
import { RecentItems, withoutSecrets, type OpenRecord, type RecordedRequest } from './request-record.js';
import { Script, type Plan, type RandomFaults } from './script.js';
import type { ScriptedStep } from './scripted-step.js';
import { answerSimulatedApi } from './upstreams/simulated-apis.js';

export interface SimulatorOptions {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 0: any free port. */
  readonly port?: number;
  /** Wait before anything of a reply is sent. Default 0. */
  readonly timeToFirstTokenMilliseconds?: number;
  /** Speed of a reply. Default 0: as fast as possible. */
  readonly tokensPerSecond?: number;
  /** How many requests are remembered. Default 100. */
  readonly keepRequests?: number;
  /** A request with more input tokens, by the simulator's own estimate, is refused as too long. Default: none is. */
  readonly contextTokens?: number;
}

type Handler = (exchange: Exchange, record: OpenRecord) => Promise<void>;

/** Longer than any client keeps an idle connection, so that the server is never the one that closes a connection under a request. */
const KEEP_ALIVE_MILLISECONDS = 120_000;
const MOST_VIOLATIONS_KEPT = 100;

/**
 * The simulated model: an HTTP server that speaks the Messages API, so that any Anthropic client can talk to
 * it by its base URL. It answers what it is scripted to, else what it understands of the text, and the same
 * request always gets the same reply. It refuses whatever the real API would refuse. Beside it, it plays the
 * weather and search services that the tools call. It needs no key: any key will do, but one must be sent.
 */
export class Simulator implements Sightings {
  /** Base URL for a client (`ANTHROPIC_BASE_URL`), with no slash at its end. */
  readonly url: string;
  private readonly script = new Script();
  private readonly control = new ControlEndpoint(this.script, this);
  private readonly recent: RecentItems<RecordedRequest>;
  private readonly recentViolations = new RecentItems<string>(MOST_VIOLATIONS_KEPT);
  private readonly routes: ReadonlyMap<string, { readonly method: string; readonly handle: Handler }>;
  private answered = 0;
  private refused = 0;
  private open = 0;
  private left = 0;
  private closing = false;

  private constructor(private readonly server: Server, options: SimulatorOptions) {
    this.url = urlOf(server);
    const { timeToFirstTokenMilliseconds = 0, tokensPerSecond = 0, keepRequests = 100, contextTokens = Infinity } = options;
    const endpoint = new MessagesEndpoint({ pace: { timeToFirstTokenMilliseconds, tokensPerSecond }, script: this.script, contextTokens });
    this.recent = new RecentItems(keepRequests);
    this.routes = new Map([
      ['/v1/messages', { method: 'POST', handle: (exchange, record) => endpoint.create(exchange, record) }],
      ['/v1/messages/count_tokens', { method: 'POST', handle: (exchange, record) => endpoint.countTokens(exchange, record) }],
      ['/v1/models', { method: 'GET', handle: async (exchange) => exchange.sendJson(200, MODEL_LIST) }],
    ]);
  }

  /** Starts listening. @throws when the address is taken */
  static async start(options: SimulatorOptions = {}): Promise<Simulator> {
    const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MILLISECONDS });
    server.listen(options.port ?? 0, options.host ?? '127.0.0.1');
    await once(server, 'listening');
    const simulator = new Simulator(server, options);
    server.on('request', (request, response) => simulator.serve(request, response));
    return simulator;
  }

  /** The last requests below `/v1/`, oldest first. */
  get requests(): readonly RecordedRequest[] {
    return this.recent.items;
  }

  /** Requests below `/v1/` since the start. */
  get requestCount(): number {
    return this.answered;
  }

  /** Requests below `/v1/` whose answer is not complete. */
  get inFlight(): number {
    return this.open;
  }

  /** Requests since the start that the real API would have refused as invalid. */
  get violationCount(): number {
    return this.refused;
  }

  /** The last refusals, oldest first. */
  get violations(): readonly string[] {
    return this.recentViolations.items;
  }

  /** Requests whose client went away before its whole answer was sent. */
  get clientClosedCount(): number {
    return this.left;
  }

  /** Says what to do with the next requests to `/v1/messages`, in order. After the last it understands again. */
  enqueue(...steps: ScriptedStep[]): void {
    this.script.enqueue(steps);
  }

  /** The same in the notation of docs/simulator.md: `529*2, ok, cut:fin@2`. @throws NotationError */
  enqueueSteps(notation: string): void {
    this.script.enqueue(parseSteps(notation));
  }

  /** Forgets the steps that were not played, and returns how many those were. */
  clearSteps(): number {
    return this.script.clear();
  }

  /** Plays what the plan says of each request; where it says nothing, the rest counts. Undefined ends it. */
  follow(plan: Plan | undefined): void {
    this.script.follow(plan);
  }

  /** Plays this step for every request until told otherwise; the queue waits. Undefined ends the outage. */
  failEverything(step: ScriptedStep | undefined): void {
    this.script.failEverything(step);
  }

  /** Plays a step for a share of the requests that nothing else scripts. Undefined ends it. */
  failRandomly(faults: RandomFaults | undefined): void {
    this.script.failRandomly(faults);
  }

  /** Stops listening and breaks open connections off. Safe to call twice. */
  async close(): Promise<void> {
    const { server } = this;
    if (!server.listening) return;
    this.closing = true;
    await new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  }

  private serve(request: IncomingMessage, response: ServerResponse): void {
    const exchange = new Exchange(request, response, requestId(this.answered + 1));
    if (exchange.path.startsWith('/v1/')) void this.serveModel(exchange);
    else if (exchange.path.startsWith('/simulator/')) void this.control.answer(exchange);
    else if (exchange.path === '/health') exchange.sendJson(200, { status: 'ok', simulated: true });
    else answerSimulatedApi(exchange);
  }

  private async serveModel(exchange: Exchange): Promise<void> {
    const record = this.record(exchange);
    const route = this.routes.get(exchange.path);
    try {
      if (!route) throw new ApiError(404, 'not_found_error', `Not found: ${exchange.path}`);
      if (route.method !== exchange.method) throw new ApiError(405, 'invalid_request_error', 'Method Not Allowed', { allow: route.method });
      await route.handle(exchange, record);
    } catch (error) {
      if (error instanceof Violation) this.countViolation(error);
      exchange.sendError(error);
    }
    record.status = exchange.status;
  }

  private record(exchange: Exchange): OpenRecord {
    const { method, path, headers } = exchange;
    const record: OpenRecord = {
      method, path, headers: withoutSecrets(headers), body: undefined, status: undefined, clientClosed: false,
      receivedAt: performance.now(), closedAt: undefined,
    };
    this.recent.add(record);
    this.answered += 1;
    this.open += 1;
    exchange.onEnd((clientClosed) => {
      this.open -= 1;
      record.closedAt = performance.now();
      record.clientClosed = clientClosed && !this.closing;
      if (record.clientClosed) this.left += 1;
      record.status = exchange.status;
    });
    return record;
  }

  private countViolation({ message }: Violation): void {
    this.refused += 1;
    this.recentViolations.add(message);
  }
}

function urlOf(server: Server): string {
  const { address, family, port } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
