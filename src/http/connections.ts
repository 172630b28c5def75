import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** Milliseconds between two looks for connections that have nothing to do any more. */
const SWEEP_MILLISECONDS = 50;
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

  constructor(private readonly server: Server, private readonly stallMilliseconds: number) {
    server.maxConnections = MOST_CONNECTIONS;
    server.on('connection', (socket: Socket) => {
      this.open.set(socket, { bytes: 0, at: performance.now() });
      socket.once('close', () => this.open.delete(socket));
    });
    this.every(Math.min(CHECKING_MILLISECONDS, stallMilliseconds / 4), () => this.closeStalled());
  }

  /** From now on closes each connection when its last answer is out, and at once where nothing was asked. */
  drain(): void {
    this.every(SWEEP_MILLISECONDS, () => this.closeIdle());
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
