import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { Failure } from '../kernel/failure.js';
import { Observer } from '../kernel/observer.js';
import { HttpSettings } from '../settings/settings.js';
import { Connections } from './connections.js';

/** Opens the listener when a command asks for it: the same application also runs without one. */
@Injectable()
export class HttpServer implements BeforeApplicationShutdown {
  private connections: Connections | undefined;

  constructor(
    private readonly adapter: HttpAdapterHost,
    private readonly settings: HttpSettings,
    private readonly observer: Observer,
  ) {}

  /**
   * Listens where the settings (or `port`) say and returns the URL.
   * @throws Failure `port_taken` or `listen_failed`
   */
  async listen(port = this.settings.port): Promise<string> {
    const server = this.adapter.httpAdapter.getInstance<FastifyInstance>();
    this.connections ??= new Connections(server.server, this.settings.stallMilliseconds);
    try {
      const url = await server.listen({ port, host: this.settings.host });
      this.observer.note('http.listening', { url });
      return url;
    } catch (error) {
      throw listenFailure(error, port);
    }
  }

  /** @internal Nest waits for the listener to close; this lets it. */
  beforeApplicationShutdown(): void {
    this.connections?.drain();
  }
}

function listenFailure(error: unknown, port: number): Failure {
  const { code } = Object(error) as { code?: string };
  const taken = code === 'EADDRINUSE';
  return new Failure(taken ? 'port_taken' : 'listen_failed', {
    errorType: 'permission', cause: error,
    publicMessage: taken ? `Port ${port} is already taken. Set PORT to another one, or to 0 for any free one.` : `Cannot listen on port ${port} (${code ?? 'unknown reason'}).`,
  });
}
