import { connect, type Socket } from 'node:net';

/** Milliseconds between two bytes of a client that sends one at a time. */
const PAUSE_MILLISECONDS = 200;

/** How a client's connection ended. */
export interface Closed {
  /** Since it was opened. */
  readonly milliseconds: number;
  readonly received: string;
}

/** A client that holds a connection for as long as the server lets it. */
export class SlowClient {
  readonly closed: Promise<Closed>;
  readonly socket: Socket;
  private received = '';

  constructor(url: string) {
    const { hostname, port } = new URL(url);
    const openedAt = performance.now();
    this.socket = connect({ host: hostname, port: Number(port), noDelay: true });
    this.socket.on('error', () => undefined); // being reset is one way to be closed
    this.closed = new Promise((resolve) => {
      this.socket.once('close', () => resolve({ milliseconds: performance.now() - openedAt, received: this.received }));
    });
  }

  /** Sends these bytes one at a time, and `before` at once. */
  drip(text: string, before = ''): this {
    this.listen();
    if (before !== '') this.socket.write(before);
    let next = 0;
    const timer = setInterval(() => this.socket.write(text.charAt(next++ % text.length)), PAUSE_MILLISECONDS);
    this.socket.once('close', () => clearInterval(timer));
    return this;
  }

  /** Sends a whole request and never reads a byte of the answer. */
  ignore(request: string | Buffer): this {
    this.socket.pause();
    this.socket.write(request);
    return this;
  }

  /** Reads what comes, as any client does. */
  listen(): this {
    this.socket.setEncoding('latin1').on('data', (text: string) => { this.received += text; });
    return this;
  }
}
