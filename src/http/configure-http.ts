import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { isUtf8 } from 'node:buffer';
import { Failure } from '../kernel/failure.js';
import { Observer } from '../kernel/observer.js';
import type { HttpSettings } from '../settings/settings.js';
import { TraceCarrier } from '../tracing/trace-carrier.js';
import { answerBadAddress, answerNoHttp, refuseUnreadable } from './refusals.js';
import { observeRequests } from './request-scope.js';

/** Bytes of a request body: the longest message in the widest encoding, and room for the rest. */
const BODY_BYTES = 262_144;
/** Milliseconds that an idle connection is kept: longer than the usual load balancer's 60 s, so that it is never the one to find it closed. */
const KEEP_ALIVE_MILLISECONDS = 65_000;
/** Most milliseconds between two looks for clients that are too slow. Node's own 30 s would double every limit. */
const CHECKING_MILLISECONDS = 1_000;

/** The server under the application, with every limit set. */
export function httpAdapter({ requestMilliseconds, headersMilliseconds }: HttpSettings): FastifyAdapter {
  return new FastifyAdapter({
    bodyLimit: BODY_BYTES, requestTimeout: requestMilliseconds, keepAliveTimeout: KEEP_ALIVE_MILLISECONDS,
    http: {
      requestTimeout: requestMilliseconds, headersTimeout: headersMilliseconds,
      connectionsCheckingInterval: Math.min(CHECKING_MILLISECONDS, headersMilliseconds),
    },
    forceCloseConnections: 'idle', return503OnClosing: false, exposeHeadRoutes: false,
    frameworkErrors: answerBadAddress, clientErrorHandler: answerNoHttp,
  });
}

/** Installs what must run before any route: the observation of requests and a strict JSON parser. */
export function configureHttp(app: NestFastifyApplication): void {
  const server = app.getHttpAdapter().getInstance();
  observeRequests(server, app.get(Observer), app.get(TraceCarrier));
  refuseUnreadable(server);
  server.removeContentTypeParser('text/plain');
  const parseJson = server.getDefaultJsonParser('error', 'error');
  // The default parser decodes broken UTF-8 to replacement characters: the model would be asked something nobody wrote.
  server.addContentTypeParser('application/json', { parseAs: 'buffer', bodyLimit: BODY_BYTES }, (request, body, done) => {
    const bytes = body as Buffer;
    if (isUtf8(bytes)) return void parseJson(request, bytes.toString('utf8'), done);
    done(new Failure('invalid_encoding', { errorType: 'validation', publicMessage: 'The body must be UTF-8.' }));
  });
}
