import type { IncomingMessage, ServerResponse } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ApiError, Violation } from './protocol/api-error.js';

/** The API's limit for a request to `/v1/messages`. */
const MOST_BODY_BYTES = 32 * 1024 * 1024;

/** One request and its answer: reading, answering, waiting, and noticing that the client went away. */
export class Exchange {
  readonly method: string;
  readonly path: string;
  private readonly query: string;
  private brokenByUs = false;

  constructor(
    private readonly request: IncomingMessage,
    private readonly response: ServerResponse,
    readonly requestId: string,
  ) {
    const target = request.url ?? '/';
    const queryStart = target.indexOf('?');
    this.method = request.method ?? 'GET';
    this.path = queryStart < 0 ? target : target.slice(0, queryStart);
    this.query = queryStart < 0 ? '' : target.slice(queryStart + 1);
  }

  get headers(): IncomingMessage['headers'] {
    return this.request.headers;
  }

  get parameters(): URLSearchParams {
    return new URLSearchParams(this.query);
  }

  /** The status that was sent; undefined when none was. */
  get status(): number | undefined {
    return this.response.headersSent ? this.response.statusCode : undefined;
  }

  /** True once nothing more can be sent. */
  get closed(): boolean {
    return this.response.destroyed || this.response.writableEnded;
  }

  /** Calls back once, when the exchange is over, and says whether the client ended it early. */
  onEnd(listener: (clientClosed: boolean) => void): void {
    this.response.once('close', () => listener(!this.response.writableFinished && !this.brokenByUs));
  }

  /** Resolves when the exchange is over, however it ended. */
  ended(): Promise<void> {
    return new Promise((resolve) => {
      if (this.response.destroyed) resolve();
      else this.response.once('close', resolve);
    });
  }

  /**
   * Reads the whole body. One that is too large is read to its end without being kept, so that the client can
   * read the answer.
   * @throws Violation 413 `request_too_large`
   */
  readBody(): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      let chunks: Buffer[] = [];
      let bytes = 0;
      this.request.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes <= MOST_BODY_BYTES) chunks.push(chunk);
        else chunks = [];
      });
      this.request.once('error', reject);
      this.request.once('end', () => {
        if (bytes > MOST_BODY_BYTES) reject(new Violation('Request exceeds the maximum size', 413, 'request_too_large'));
        else resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks));
      });
    });
  }

  sendJson(status: number, body: object, headers: Readonly<Record<string, string>> = {}): void {
    this.sendText(status, 'application/json', JSON.stringify(body), headers);
  }

  /** Sends a whole body of any kind. */
  sendText(status: number, contentType: string, text: string, headers: Readonly<Record<string, string>> = {}): void {
    if (this.closed) return;
    this.response.writeHead(status, {
      'content-type': contentType, 'content-length': Buffer.byteLength(text), 'request-id': this.requestId, ...headers,
    });
    this.response.end(text);
  }

  /** Answers in the API's error shape. Something unexpected becomes a 500 `api_error` that says nothing of the inside. */
  sendError(thrown: unknown): void {
    const error = thrown instanceof ApiError ? thrown : new ApiError(500, 'api_error', 'Internal server error');
    if (this.response.headersSent) this.breakOff();
    else this.sendJson(error.status, error.body(this.requestId), error.headers);
  }

  /** Sends the headers of a JSON answer whose body will have so many bytes. */
  startJson(bytes: number): void {
    if (this.closed) return;
    this.response.writeHead(200, { 'content-type': 'application/json', 'content-length': bytes, 'request-id': this.requestId });
  }

  startStream(headers: Readonly<Record<string, string>>): void {
    if (this.closed) return;
    this.response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache', 'request-id': this.requestId, ...headers,
    });
  }

  write(piece: string | Uint8Array): void {
    if (!this.closed) this.response.write(piece);
  }

  end(text = ''): void {
    if (!this.closed) this.response.end(text);
  }

  /** Resolves when everything written so far, and the headers, are in the kernel's hands, in a packet of their own. */
  async flushed(): Promise<void> {
    if (this.closed) return;
    this.response.flushHeaders();
    // Node gathers the writes of one turn of the event loop, and calls back for an empty write before it sends them.
    await nextTurn();
    while (!this.closed && this.request.socket.writableLength > 0) await this.pause(1);
  }

  /** Breaks the connection off without an end of the body. */
  breakOff(): void {
    this.brokenByUs = true;
    this.response.destroy();
  }

  /** Ends the connection with a TCP reset. */
  reset(): void {
    this.brokenByUs = true;
    this.request.socket.resetAndDestroy();
  }

  /** Waits, unless the exchange ends first. Zero or less does not wait at all. */
  async pause(milliseconds: number): Promise<void> {
    if (milliseconds <= 0 || this.closed) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.response.off('close', done);
        resolve();
      };
      const timer = setTimeout(done, milliseconds);
      this.response.once('close', done);
    });
  }
}
