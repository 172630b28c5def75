import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Milliseconds between two looks for connections that have nothing to do any more. */
const SWEEP_MILLISECONDS = 50;
/** Milliseconds for the rest of a request that was on its way when the drain began. */
const ARRIVAL_MILLISECONDS = 3_000;
/** Most milliseconds between two looks for clients that do not read. */
const CHECKING_MILLISECONDS = 1_000;
/** Connections at once; Node closes further ones before they can say a word. */
const MOST_CONNECTIONS = 1_000;

/** How much the system had taken for a client when that last grew, or when nothing waited. */
interface Progress {
  readonly bytes: number;
  readonly at: number;
}

/**
 * The open connections of the server: at most 1,000, none whose client leaves its answer lying for `stallMilliseconds`, and
 * none without work that could hold the end of the process.
 */
export class Connections {
  private readonly open = new Map<Socket, Progress>();
  private readonly asked = new Map<Socket, IncomingMessage>();

  constructor(private readonly server: Server, private readonly stallMilliseconds: number) {
    server.maxConnections = MOST_CONNECTIONS;
    server.on('connection', (socket: Socket) => {
      this.open.set(socket, { bytes: 0, at: performance.now() });
      socket.once('close', () => this.open.delete(socket));
    });
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      const { socket } = request;
      this.asked.set(socket, request);
      response.once('close', () => { if (this.asked.get(socket) === request) this.asked.delete(socket); });
    });
    this.every(Math.min(CHECKING_MILLISECONDS, stallMilliseconds / 4), () => this.closeStalled());
  }

  /** From now on closes each connection when its last answer is out, at once where nothing was asked, and soon where a request does not become whole. */
  drain(): void {
    const startedAt = performance.now();
    this.every(SWEEP_MILLISECONDS, () => {
      this.closeIdle();
      if (performance.now() - startedAt >= ARRIVAL_MILLISECONDS) this.closeUnfinished();
    });
    this.closeIdle();
  }

  /** Until the last connection is closed. */
  private every(milliseconds: number, work: () => void): void {
    const timer = setInterval(work, milliseconds);
    this.server.once('close', () => clearInterval(timer));
    timer.unref();
  }

  private closeIdle(): void {
    // Node counts a connection that has not sent a byte as busy, in case its request is on the way.
    for (const socket of this.open.keys()) if (socket.bytesRead === 0) socket.destroy();
    this.server.closeIdleConnections();
  }

  /** Node stops to look for slow requests when it stops to listen: one of them would hold the end until it is cut off. */
  private closeUnfinished(): void {
    for (const socket of this.open.keys()) if (!this.asked.get(socket)?.complete) socket.destroy();
  }

  /** Node limits how long a client may take to ask, but not how long to listen. */
  private closeStalled(): void {
    const now = performance.now();
    for (const [socket, last] of this.open) {
      const bytes = takenBytes(socket);
      if (socket.writableLength === 0 || bytes !== last.bytes) this.open.set(socket, { bytes, at: now });
      else if (now - last.at >= this.stallMilliseconds) socket.destroy();
    }
  }
}

/** Bytes that the system has taken for the client. Of a large write a part can be gone, which only the handle knows. */
function takenBytes(socket: Socket): number {
  const { _handle: handle } = socket as Socket & { readonly _handle?: { readonly bytesWritten: number; readonly writeQueueSize: number } | null };
  return handle ? handle.bytesWritten - handle.writeQueueSize : 0;
}
