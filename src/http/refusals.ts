import { MethodNotAllowedException, UnsupportedMediaTypeException } from '@nestjs/common';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { correlationIdFrom } from '../kernel/run-context.js';
import { PROBLEM_JSON, sendProblem, toProblem } from './problem.js';
import { requestCorrelationId } from './request-scope.js';

const METHODS: readonly HTTPMethods[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** Refuses, before a body is read, what could never be understood: an encoded body, or a method the address does not take. */
export function refuseUnreadable(server: FastifyInstance): void {
  server.addHook('onRequest', (request, reply, done) => {
    const allowed = request.is404 ? allowedMethods(server, request) : [];
    if (allowed.length > 0) {
      void reply.header('allow', allowed.join(', '));
      return done(new MethodNotAllowedException());
    }
    const encoding = request.headers['content-encoding'];
    // A compressed body could grow a thousandfold after its size was checked, so none is taken.
    if (encoding !== undefined && encoding !== 'identity') return done(new UnsupportedMediaTypeException());
    done();
  });
}

/** An address that can not be decoded has no route and no hooks: Fastify asks us here instead. */
export function answerBadAddress(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  const correlationId = requestCorrelationId(request);
  sendProblem(reply.header('x-correlation-id', correlationId), toProblem(error, correlationId));
}

function allowedMethods(server: FastifyInstance, request: FastifyRequest): readonly HTTPMethods[] {
  const url = request.url.split('?', 1)[0] ?? '';
  return METHODS.filter((method) => server.hasRoute({ method, url }));
}

const NOT_HTTP: Readonly<Record<string, number>> = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 };

/** What is no HTTP at all never becomes a request: the answer is written to the socket by hand. */
export function answerNoHttp(error: NodeJS.ErrnoException, socket: Socket): void {
  // An answer that has begun must not get a second one behind it.
  const { _httpMessage: begun } = socket as Socket & { readonly _httpMessage?: { readonly headersSent: boolean } };
  if (error.code === 'ECONNRESET' || !socket.writable || begun?.headersSent) return void socket.destroy();
  const status = NOT_HTTP[error.code ?? ''] ?? 400;
  const correlationId = correlationIdFrom(undefined);
  const body = JSON.stringify(toProblem({ statusCode: status }, correlationId));
  const headers = {
    'content-type': PROBLEM_JSON, 'content-length': Buffer.byteLength(body), 'x-correlation-id': correlationId,
    'cache-control': 'no-store', connection: 'close',
  };
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join('');
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${head}\r\n${body}`, () => socket.destroy());
}
