import type { Dispatcher } from 'undici';
import { Failure } from '../kernel/failure.js';
import type { SilenceWatch } from './silence-watch.js';

/** Bytes that one line of an answer may have, and an answer that is read as a whole. A single event is a line; the largest real ones have some kilobytes. */
const MOST_BYTES = 1_048_576;
const NEWLINE = 0x0a;

/** The members of a `Response` that the SDK reads, over an answer of undici. Reading it keeps the bounds of silence and size. */
export class LightResponse {
  readonly status: number;
  readonly ok: boolean;
  readonly headers: LightHeaders;
  readonly body: AsyncIterable<Uint8Array>;
  readonly statusText = '';
  readonly redirected = false;
  readonly type = 'basic';

  constructor(readonly url: string, response: Dispatcher.ResponseData, watch: SilenceWatch) {
    this.status = response.statusCode;
    this.ok = response.statusCode >= 200 && response.statusCode < 300;
    this.headers = new LightHeaders(response.headers);
    this.body = { [Symbol.asyncIterator]: () => bounded(response.body, watch) };
  }

  /** @throws Failure `upstream_bad_response` when there is more than a mebibyte of it. */
  async text(): Promise<string> {
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of this.body) {
      bytes += chunk.length;
      if (bytes > MOST_BYTES) throw tooLarge();
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString('utf8');
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text());
  }
}

async function* bounded(body: AsyncIterable<Uint8Array>, watch: SilenceWatch): AsyncGenerator<Uint8Array, void> {
  let lineBytes = 0;
  try {
    for await (const chunk of body) {
      if (!saysNothing(chunk)) watch.heard();
      const lastNewline = chunk.lastIndexOf(NEWLINE);
      lineBytes = lastNewline < 0 ? lineBytes + chunk.length : chunk.length - lastNewline - 1;
      if (lineBytes > MOST_BYTES) throw tooLarge();
      yield chunk;
    }
  } finally {
    watch.stop();
  }
}

/** What a server sends to keep a connection open: `ping` events and comments. They are no progress. */
const KEEP_ALIVE = /^(?::[^\n]*\n|event: ?ping\r?\ndata:[^\n]*\n|\r?\n)+$/;
const LONGEST_KEEP_ALIVE_BYTES = 512;

function saysNothing(chunk: Uint8Array): boolean {
  return chunk.length <= LONGEST_KEEP_ALIVE_BYTES && KEEP_ALIVE.test(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length).toString('latin1'));
}

function tooLarge(): Failure {
  return new Failure('upstream_bad_response', {
    errorType: 'bad_response', retryable: true, publicMessage: 'The model API answered with more than can be read.',
  });
}

class LightHeaders {
  constructor(private readonly headers: Dispatcher.ResponseData['headers']) {}

  get(name: string): string | null {
    const value = this.headers[name.toLowerCase()];
    return value === undefined ? null : String(value);
  }

  has(name: string): boolean {
    return name.toLowerCase() in this.headers;
  }

  *entries(): IterableIterator<[string, string]> {
    for (const name of Object.keys(this.headers)) yield [name, this.get(name) ?? ''];
  }

  [Symbol.iterator](): IterableIterator<[string, string]> {
    return this.entries();
  }
}
