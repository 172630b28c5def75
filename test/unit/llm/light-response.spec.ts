import { getEventListeners, once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Agent, request } from 'undici';
import { LightFetch } from '../../../src/llm/light-fetch.js';
import { LightResponse } from '../../../src/llm/light-response.js';
import { SilenceWatch } from '../../../src/llm/silence-watch.js';

const MEBIBYTE = 1_048_576;
const PATIENT = { beginMilliseconds: 60_000, silenceMilliseconds: 60_000 };
const TOO_LARGE = { name: 'Failure', code: 'upstream_bad_response', errorType: 'bad_response', retryable: true };

/** Remembers what it was told, and never gives up by itself. */
class ListeningWatch extends SilenceWatch {
  pieces = 0;
  stops = 0;
  override heard(): void {
    this.pieces += 1;
    super.heard();
  }
  override stop(): void {
    this.stops += 1;
    super.stop();
  }
}

let server: Server;
let url: string;
let answer: (response: ServerResponse) => void | Promise<void>;
const agent = new Agent();
const watches: SilenceWatch[] = [];
const transports: LightFetch[] = [];

beforeAll(async () => {
  server = createServer((_request, response) => void answer(response));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterEach(async () => {
  for (const watch of watches.splice(0)) watch.stop();
  for (const transport of transports.splice(0)) await transport.close();
});
afterAll(async () => {
  await agent.destroy();
  server.closeAllConnections();
  server.close();
});

async function responseTo(act: (response: ServerResponse) => void) {
  answer = act;
  const watch = new ListeningWatch(PATIENT, undefined);
  watches.push(watch);
  return { watch, response: new LightResponse(url, await request(url, { dispatcher: agent }), watch) };
}

/** A server that sends each piece when the one before it was read. */
async function read(...pieces: readonly string[]) {
  let send: () => void = () => undefined;
  const { watch, response } = await responseTo((outgoing) => {
    let next = 0;
    send = () => void (next < pieces.length ? outgoing.write(pieces[next++]) : outgoing.end());
    outgoing.flushHeaders();
  });
  const heard: number[] = [];
  send();
  for await (const _chunk of response.body) {
    heard.push(watch.pieces);
    send();
  }
  return { heard, watch };
}

describe('what is progress', () => {
  const PING = 'event: ping\ndata: {"type": "ping"}\n\n';
  const EVENT = 'event: message_stop\ndata: {"type":"message_stop"}\n\n';

  it.each([
    ['a ping', PING], ['two pings at once', PING + PING], ['a ping without spaces', 'event:ping\ndata:{}\n\n'], ['a ping of another line ending', 'event: ping\r\ndata: {}\r\n\r\n'],
    ['a comment', ': keep-alive\n\n'], ['an empty comment', ':\n'], ['an empty line', '\n'], ['comments and pings', `:\n${PING}: x\r\n\r\n`],
  ])('is not %s', async (_what, piece) => {
    expect((await read(EVENT, piece, piece)).heard).toEqual([1, 1, 1]);
  });

  it.each([
    ['an event', EVENT], ['an event behind a ping', PING + EVENT], ['an event before a ping', EVENT + PING], ['half of an event', 'event: content_block_delta\n'],
    ['an event that has its data before a ping\'s name', 'data: {"x": "event: ping"}\n\n'], ['a space', ' '], ['a long row of pings, which nobody looks into', PING.repeat(20)],
  ])('is %s', async (_what, piece) => {
    expect((await read(PING, piece, piece)).heard).toEqual([0, 1, 2]);
  });
});

describe('the size of an answer', () => {
  const line = (bytes: number) => 'x'.repeat(bytes);

  it('is bounded for one line, and the connection is let go', async () => {
    let closed: Promise<unknown> = Promise.resolve();
    const { watch, response } = await responseTo((outgoing) => {
      closed = once(outgoing, 'close');
      outgoing.write(line(MEBIBYTE + 1));
    });
    await expect((async () => { for await (const _chunk of response.body); })()).rejects.toMatchObject(TOO_LARGE);
    await closed;
    expect(watch.stops).toBeGreaterThan(0);
  });

  it('may be a mebibyte for one line', async () => {
    const { response } = await responseTo((outgoing) => outgoing.end(line(MEBIBYTE)));
    let bytes = 0;
    for await (const chunk of response.body) bytes += chunk.length;
    expect(bytes).toBe(MEBIBYTE);
  });

  it('is not bounded for many lines that are read as they come', async () => {
    const { response } = await responseTo((outgoing) => outgoing.end(`${line(1_000)}\n`.repeat(3_000)));
    let bytes = 0;
    for await (const chunk of response.body) bytes += chunk.length;
    expect(bytes).toBe(3_003_000);
  });

  it('is bounded when it is read as a whole, however short its lines', async () => {
    const { response } = await responseTo((outgoing) => outgoing.end('x\n'.repeat(MEBIBYTE / 2 + 1)));
    await expect(response.text()).rejects.toMatchObject(TOO_LARGE);
  });

  it('may be a mebibyte as a whole', async () => {
    const { response } = await responseTo((outgoing) => outgoing.end('x\n'.repeat(MEBIBYTE / 2)));
    expect(await response.text()).toHaveLength(MEBIBYTE);
  });
});

describe('an exchange that is over', () => {
  it('stops its watch when it was read to the end', async () => {
    const { watch, response } = await responseTo((outgoing) => outgoing.end('{"ü":1}'));
    expect(watch.stops).toBe(0);
    expect(await response.json()).toEqual({ ü: 1 });
    expect(watch.stops).toBe(1);
  });

  it('stops its watch when the reader has seen enough', async () => {
    const { watch, response } = await responseTo((outgoing) => outgoing.write('data: 1\n\n'));
    for await (const _chunk of response.body) break;
    expect(watch.stops).toBe(1);
  });

  it('stops its watch when the connection breaks', async () => {
    let breakOff: () => void = () => undefined;
    const { watch, response } = await responseTo((outgoing) => {
      outgoing.write('data: 1\n\n');
      breakOff = () => outgoing.destroy();
    });
    await expect((async () => { for await (const _chunk of response.body) breakOff(); })()).rejects.toThrow();
    expect(watch.stops).toBe(1);
  });
});

it('has the members of a response that the SDK reads', async () => {
  const { response } = await responseTo((outgoing) => outgoing.writeHead(299, { 'X-Word': 'yes', 'set-cookie': ['a', 'b'] }).end());
  expect(response).toMatchObject({ status: 299, ok: true, url, redirected: false });
  expect([response.headers.get('x-WORD'), response.headers.get('nothing'), response.headers.has('X-word'), response.headers.has('nothing')]).toEqual(['yes', null, true, false]);
  expect(new Map(response.headers).get('set-cookie')).toBe('a,b');
  await response.text();
});

it.each([[199, false], [200, true], [300, false], [404, false]])('takes status %d for success: %s', (statusCode, ok) => {
  const body = {} as never;
  expect(new LightResponse(url, { statusCode, headers: {}, body } as never, new SilenceWatch(PATIENT, AbortSignal.abort())).ok).toBe(ok);
});

describe('the transport', () => {
  function transport(limits = PATIENT): LightFetch {
    const made = new LightFetch(limits);
    transports.push(made);
    return made;
  }

  it('gives up on a server that only pings', async () => {
    answer = (outgoing) => {
      const pinging = setInterval(() => outgoing.write('event: ping\ndata: {"type": "ping"}\n\n'), 5);
      outgoing.once('close', () => clearInterval(pinging));
    };
    const caller = new AbortController();
    const response = await transport({ beginMilliseconds: 60_000, silenceMilliseconds: 60 }).fetch(url, { signal: caller.signal });
    await expect(response.text()).rejects.toMatchObject({ code: 'upstream_timeout', errorType: 'timeout' });
    expect(getEventListeners(caller.signal, 'abort')).toEqual([]);
  });

  it('leaves no listener at its caller when the answer was read', async () => {
    answer = (outgoing) => void outgoing.end('ok');
    const caller = new AbortController();
    const response = await transport().fetch(url, { signal: caller.signal });
    expect(getEventListeners(caller.signal, 'abort')).toHaveLength(1);
    expect(await response.text()).toBe('ok');
    expect(getEventListeners(caller.signal, 'abort')).toEqual([]);
  });

  it('leaves no listener when the server is not there', async () => {
    const caller = new AbortController();
    await expect(transport().fetch('http://127.0.0.1:1/', { signal: caller.signal })).rejects.toThrow();
    expect(getEventListeners(caller.signal, 'abort')).toEqual([]);
  });

  it('lets go of the connection when its caller leaves, before the answer and in it', async () => {
    for (const begin of [() => undefined, (outgoing: ServerResponse) => void outgoing.write('data: 1\n\n')]) {
      const arrived = Promise.withResolvers<ServerResponse>();
      answer = (outgoing) => {
        begin(outgoing);
        arrived.resolve(outgoing);
      };
      const caller = new AbortController();
      const running = transport().fetch(url, { signal: caller.signal }).then((response) => response.text());
      const outgoing = await arrived.promise;
      const closed = once(outgoing, 'close');
      caller.abort(new Error('gone'));
      await expect(running).rejects.toThrow('gone');
      await closed;
      expect(getEventListeners(caller.signal, 'abort')).toEqual([]);
    }
  });
});
