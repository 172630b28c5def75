import { AsyncLocalStorage } from 'node:async_hooks';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Observer} from '../kernel/observer.js';
import { type Report } from '../kernel/observer.js';
import { correlationIdFrom, withRunContext } from '../kernel/run-context.js';
import type { TraceCarrier } from '../tracing/trace-carrier.js';
import { setHeaders } from './response-headers.js';

type Snapshot = <R>(work: () => R) => R;

/** The async context of each request. The body parser runs in the socket's context, not in the request's, so we go back by hand. */
const SNAPSHOTS = new WeakMap<FastifyRequest, Snapshot>();

/** Probes and scrapes come every few seconds for ever: they are neither logged, metered as requests, nor traced. */
const QUIET = /^\/(?:health|metrics)(?:[/?]|$)/;

/** What a request is filed under whose client left before an answer began. Not a standard status; nginx made it known. */
const CLIENT_GONE = 499;

/** Gives every request its correlation id and observes it from its first byte to its last. */
export function observeRequests(server: FastifyInstance, observer: Observer, carrier: TraceCarrier): void {
  server.addHook('onRequest', (request, reply, done) => {
    const correlationId = requestCorrelationId(request);
    setHeaders(reply, { 'x-correlation-id': correlationId });
    const observed = () => withRunContext({ correlationId, channel: 'http' }, () => {
      if (QUIET.test(request.url)) {
        SNAPSHOTS.set(request, AsyncLocalStorage.snapshot());
        return done();
      }
      const route = request.routeOptions.url ?? 'unmatched';
      void observer.observe('http.request', { method: request.method, route }, (report) => {
        SNAPSHOTS.set(request, AsyncLocalStorage.snapshot());
        const ended = responded(reply, report);
        done();
        return ended;
      });
    });
    carrier.continue(request.headers, observed);
  });
  server.addHook('preHandler', (request, _reply, done) => inRequestScope(request, done));
}

/** The id that the caller chose, under either of its usual names, or a new one. */
export function requestCorrelationId({ headers }: FastifyRequest): string {
  return correlationIdFrom(headers['x-correlation-id'] ?? headers['x-request-id']);
}

/** Runs `work` under the ids and the span of this request. */
export function inRequestScope<R>(request: FastifyRequest, work: () => R): R {
  const snapshot = SNAPSHOTS.get(request);
  return snapshot ? snapshot(work) : work();
}

/** Resolves when the response is out, or its client is gone. */
function responded(reply: FastifyReply, report: Report<'http.request'>): Promise<void> {
  const { raw } = reply;
  if (report.traceId) setHeaders(reply, { 'x-trace-id': report.traceId });
  return new Promise((resolve) => {
    raw.once('close', () => {
      report.learn({ status_code: raw.headersSent ? raw.statusCode : CLIENT_GONE });
      if (!raw.writableFinished) report.flag('aborted');
      else if (raw.statusCode >= 500) report.flag('_OTHER', `answered ${raw.statusCode}`);
      resolve();
    });
  });
}
