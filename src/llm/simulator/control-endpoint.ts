import type { Exchange } from './exchange.js';
import { ApiError } from './protocol/api-error.js';
import type { RecordedRequest } from './request-record.js';
import { readScript, type Script } from './script.js';

/** What the simulator has seen so far. */
export interface Sightings {
  readonly requests: readonly RecordedRequest[];
  readonly requestCount: number;
  readonly violations: readonly string[];
  readonly violationCount: number;
  readonly inFlight: number;
  readonly clientClosedCount: number;
}

type Handler = (exchange: Exchange) => Promise<void>;

/** `/simulator/…`: scripts a simulator from outside its process, and shows what it saw. No part of the Messages API, and not recorded. */
export class ControlEndpoint {
  private readonly routes: Readonly<Record<string, Readonly<Record<string, Handler>>>> = {
    '/simulator/steps': {
      POST: async (exchange) => {
        const steps = readScript((await exchange.readBody()).toString('utf8'), 'body');
        exchange.sendJson(200, { added: steps.length, queued: this.script.enqueue(steps) });
      },
      DELETE: async (exchange) => exchange.sendJson(200, { removed: this.script.clear() }),
    },
    '/simulator/requests': { GET: async (exchange) => exchange.sendJson(200, toJson(this.seen)) },
  };

  constructor(private readonly script: Script, private readonly seen: Sightings) {}

  /** Answers every path below `/simulator/`; never throws. */
  async answer(exchange: Exchange): Promise<void> {
    try {
      const route = Object.hasOwn(this.routes, exchange.path) ? this.routes[exchange.path] : undefined;
      if (!route) throw new ApiError(404, 'not_found_error', `Not found: ${exchange.path}. There are: ${Object.keys(this.routes).join(', ')}`);
      const handle = Object.hasOwn(route, exchange.method) ? route[exchange.method] : undefined;
      if (!handle) throw new ApiError(405, 'invalid_request_error', 'Method Not Allowed', { allow: Object.keys(route).join(', ') });
      await handle(exchange);
    } catch (error) {
      exchange.sendError(error);
    }
  }
}

function toJson(seen: Sightings): object {
  return {
    counts: { requests: seen.requestCount, violations: seen.violationCount, in_flight: seen.inFlight, client_closed: seen.clientClosedCount },
    violations: seen.violations,
    requests: seen.requests.map(({ receivedAt, closedAt, clientClosed, status, ...rest }) => ({
      ...rest, status: status ?? null, client_closed: clientClosed, received_at: receivedAt, closed_at: closedAt ?? null,
    })),
  };
}
