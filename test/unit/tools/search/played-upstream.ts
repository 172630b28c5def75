import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export type Answer = (response: ServerResponse, request: ReceivedRequest) => void;

/** A service on loopback that answers as the test says, and keeps what it was asked. */
export class PlayedUpstream {
  readonly received: ReceivedRequest[] = [];
  /** How the next requests are answered. Until a test says so, with 404. */
  answer: Answer = (response) => response.writeHead(404).end();

  private constructor(private readonly server: Server, readonly url: string) {}

  static async start(): Promise<PlayedUpstream> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const upstream = new PlayedUpstream(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    server.on('request', (request, response) => void upstream.serve(request, response));
    return upstream;
  }

  /** Answers every request with this JSON. */
  answerJson(body: unknown, status = 200): void {
    this.answer = (response) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  }

  async close(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', this.url);
    const received = {
      method: request.method ?? '', path: pathname, query: Object.fromEntries(searchParams), headers: request.headers,
      body: Buffer.concat(await request.toArray() as Buffer[]).toString('utf8'),
    };
    this.received.push(received);
    this.answer(response, received);
  }
}

/** A signal that never fires. */
export const NEVER = new AbortController().signal;

/** What the promise was rejected with. @throws Error when it was not. */
export async function rejectionOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('it was not rejected');
}
