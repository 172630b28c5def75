import type { ServerResponse } from 'node:http';

/** Milliseconds between heartbeat comments: below the idle limits of common proxies (30 to 60 s). */
const HEARTBEAT_MILLISECONDS = 15_000;
/** Bytes that a client may leave unread before it is given up: it must not make us keep the whole stream in memory. */
const MOST_UNREAD_BYTES = 1_048_576;

/** One server-sent event stream. Events of the same tick leave in one write. */
export class SseStream {
  private pending = '';
  private opened = false;
  private heartbeat: NodeJS.Timeout | undefined;

  constructor(private readonly response: ServerResponse) {}

  get isOpen(): boolean {
    return this.opened;
  }

  /** `data` is JSON, so no text in it can end the event or start another field. `id`: where a client that comes back can go on. */
  send(event: string, data: object, id?: number): void {
    this.add(`${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  /** An event without a name, as JSON; or the one word that ends such streams. */
  sendData(data: object | '[DONE]'): void {
    this.add(`data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`);
  }

  /** Sends what is pending and ends the stream. */
  end(): void {
    clearInterval(this.heartbeat);
    this.flush();
    this.response.end();
  }

  private add(text: string): void {
    if (this.response.destroyed) return;
    this.open();
    if (this.pending === '') setImmediate(() => this.flush());
    this.pending += text;
  }

  private open(): void {
    if (this.opened) return;
    this.opened = true;
    this.response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store', 'x-accel-buffering': 'no', connection: 'keep-alive',
    });
    this.heartbeat = setInterval(() => this.response.write(': heartbeat\n\n'), HEARTBEAT_MILLISECONDS);
    this.heartbeat.unref();
    this.response.once('close', () => clearInterval(this.heartbeat));
  }

  private flush(): void {
    if (this.pending === '' || this.response.destroyed) return;
    const text = this.pending;
    this.pending = '';
    this.response.write(text);
    if (this.response.writableLength > MOST_UNREAD_BYTES) this.response.destroy();
  }
}
