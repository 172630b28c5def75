import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** Milliseconds between two looks for connections that have nothing to do any more. */
const SWEEP_MILLISECONDS = 50;

/** The open connections of the server, so that none that has nothing to do can hold the end of the process. */
export class Connections {
  private readonly open = new Set<Socket>();

  constructor(private readonly server: Server) {
    server.on('connection', (socket: Socket) => {
      this.open.add(socket);
      socket.once('close', () => this.open.delete(socket));
    });
  }

  /** From now on closes each connection when its last answer is out, and at once where nothing was asked. */
  drain(): void {
    const sweep = setInterval(() => this.closeIdle(), SWEEP_MILLISECONDS);
    this.server.once('close', () => clearInterval(sweep));
    sweep.unref();
    this.closeIdle();
  }

  private closeIdle(): void {
    // Node counts a connection that has not sent a byte as busy, in case its request is on the way.
    for (const socket of this.open) if (socket.bytesRead === 0) socket.destroy();
    this.server.closeIdleConnections();
  }
}
