import type { FastifyReply } from 'fastify';

/** Sets headers of an answer, whether Fastify sends it or a stream that bypasses Fastify. */
export function setHeaders(reply: FastifyReply, headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(headers)) {
    void reply.header(name, value);
    reply.raw.setHeader(name, value);
  }
}
