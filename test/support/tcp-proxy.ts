import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { later } from './database.js';

/** Stands between a client and a server, and does what bad networks do. */
export class TcpProxy {
  private readonly sockets = new Set<Socket>();
  private server: Server | undefined;
  private stalled = false;
  private swallowed: string | undefined;

  private constructor(private readonly target: URL, readonly port: number) {}

  /** Listens until the test is over. `refusing`: from the start nobody answers. */
  static async to(url: string, { refusing = false } = {}): Promise<TcpProxy> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const proxy = new TcpProxy(new URL(url), (server.address() as AddressInfo).port);
    await new Promise((resolve) => server.close(resolve));
    if (!refusing) await proxy.accept();
    later(() => proxy.refuse());
    return proxy;
  }

  /** The address of the server, by way of this proxy. */
  get url(): string {
    const url = new URL(this.target);
    url.hostname = '127.0.0.1';
    url.port = String(this.port);
    return url.href;
  }

  get connections(): number {
    return this.sockets.size / 2;
  }

  async accept(): Promise<void> {
    const server = createServer((client) => this.join(client));
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve));
    this.server = server;
  }

  /** Resets what is open. */
  cut(): void {
    for (const socket of this.sockets) socket.resetAndDestroy();
  }

  /** Resets what is open, and takes nothing new. */
  async refuse(): Promise<void> {
    this.flow();
    const { server } = this;
    this.server = undefined;
    const closed = new Promise((resolve) => { if (server) server.close(resolve); else resolve(undefined); });
    this.cut();
    await closed;
  }

  /** Passes nothing on, not even the end of a connection, as a network that lost its way. */
  stall(): void {
    this.stalled = true;
    for (const socket of this.sockets) socket.pause();
  }

  /** Passes on what came meanwhile. */
  flow(): void {
    this.stalled = false;
    for (const socket of this.sockets) socket.resume();
  }

  /** A client that says `words` is heard of no more, until this is called without. Others are. */
  swallow(words?: string): void {
    this.swallowed = words;
  }

  private join(client: Socket): void {
    const server = connect({ port: Number(this.target.port || 5432), host: this.target.hostname });
    for (const [from, to] of [[client, server], [server, client]] as const) {
      this.sockets.add(from);
      if (this.stalled) from.pause();
      from.on('data', (chunk) => {
        if (this.swallowed !== undefined && chunk.includes(this.swallowed)) for (const socket of [client, server]) socket.pause();
        else to.write(chunk);
      });
      from.on('error', () => to.destroy());
      from.on('close', () => {
        this.sockets.delete(from);
        to.destroy();
      });
    }
  }
}
