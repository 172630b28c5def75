import { once } from 'node:events';
import { connect } from 'node:net';

/** One request as it goes over the wire. Nothing is checked, and only Host, Connection and Content-Length are added. */
export interface RawRequest {
  readonly method?: string;
  readonly target?: string;
  /** Wins over the headers that are added; `undefined` leaves one of those out. Sent as Latin-1 bytes. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: string | Buffer;
}

export interface RawResponse {
  readonly status: number;
  /** Names in lower case; of a header that came twice, the last. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Milliseconds without a byte after which the server counts as silent. */
const SILENCE_MILLISECONDS = 20_000;

/** The bytes of a request that asks for its connection to be closed. */
export function requestBytes({ method = 'POST', target = '/chat', headers = {}, body = '' }: RawRequest): Buffer {
  const bytes = Buffer.from(body);
  const all = { host: 'localhost', connection: 'close', 'content-length': String(bytes.length), ...headers };
  const lines = Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`]));
  return Buffer.concat([Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`, 'latin1'), bytes]);
}

/**
 * Sends bytes that no HTTP client would send and reads the answer, until it is whole or the server closes the connection.
 * @throws Error when there is none
 */
export async function exchange(url: string, bytes: string | Buffer): Promise<RawResponse> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  const closed = once(socket, 'close');
  let received = Buffer.alloc(0);
  let problem: Error | undefined;
  socket.setTimeout(SILENCE_MILLISECONDS, () => socket.destroy(new Error('The server said nothing.')));
  // A server that refuses a body may reset the connection under it: what it said before that still counts.
  socket.on('error', (error) => {
    problem = error;
  });
  socket.on('data', (chunk) => {
    received = Buffer.concat([received, chunk]);
    if (isWhole(received)) socket.destroy();
  });
  socket.write(bytes);
  await closed;
  if (received.length === 0) throw problem ?? new Error('The server closed the connection without an answer.');
  return parse(received);
}

function isWhole(bytes: Buffer): boolean {
  const length = Number(parse(bytes).headers['content-length'] ?? NaN);
  return bytes.length >= bytes.indexOf('\r\n\r\n') + 4 + length;
}

function parse(bytes: Buffer): RawResponse {
  const end = bytes.indexOf('\r\n\r\n');
  const [statusLine = '', ...lines] = bytes.toString('latin1', 0, Math.max(end, 0)).split('\r\n');
  const headers = Object.fromEntries(lines.map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  }));
  return { status: Number(statusLine.split(' ')[1]), headers, body: bytes.toString('utf8', end + 4) };
}
