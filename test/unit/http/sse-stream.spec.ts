import { jest } from '@jest/globals';
import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { SseStream } from '../../../src/http/sse-stream.js';

/** Stands in for a response: keeps each write, and can be as slow or as gone as a client. */
class FakeResponse extends EventEmitter {
  readonly writes: string[] = [];
  head: { readonly status: number; readonly headers: Readonly<Record<string, string>> } | undefined;
  ended = false;
  destroyed = false;
  /** Bytes that the client has not read. */
  writableLength = 0;

  writeHead(status: number, headers: Readonly<Record<string, string>>): void {
    if (this.head) throw new Error('the head was sent twice');
    this.head = { status, headers };
  }

  write(text: string): void {
    if (this.ended) throw new Error('a write after the end');
    this.writes.push(text);
  }

  end(): void {
    this.ended = true;
  }

  destroy(): void {
    this.destroyed = true;
    this.emit('close');
  }
}

const HEARTBEAT = ': heartbeat\n\n';
const HEARTBEAT_MILLISECONDS = 15_000;

let response: FakeResponse;
let stream: SseStream;

beforeEach(() => {
  jest.useFakeTimers();
  response = new FakeResponse();
  stream = new SseStream(response as unknown as ServerResponse);
});
afterEach(() => {
  jest.useRealTimers();
});

/** Lets what waits for the next turn of the event loop run. */
function nextTurn(): void {
  jest.advanceTimersByTime(0);
}

it('sends nothing, not even a head, before the first event', () => {
  jest.advanceTimersByTime(10 * HEARTBEAT_MILLISECONDS);
  expect(stream.isOpen).toBe(false);
  expect(response.head).toBeUndefined();
  expect(response.writes).toEqual([]);
});

it('opens with headers that keep caches and proxies from holding events back', () => {
  stream.send('a', {});
  expect(stream.isOpen).toBe(true);
  expect(response.head).toEqual({ status: 200, headers: {
    'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store', 'x-accel-buffering': 'no', connection: 'keep-alive',
  } });
});

it('sends the events of one turn of the event loop in one write, in order', () => {
  stream.send('a', { n: 1 });
  stream.send('b', { n: 2 });
  nextTurn();
  stream.send('c', { n: 3 });
  nextTurn();
  expect(response.writes).toEqual(['event: a\ndata: {"n":1}\n\nevent: b\ndata: {"n":2}\n\n', 'event: c\ndata: {"n":3}\n\n']);
});

it.each(['\n', '\r', '\r\n', '\n\n', '\ndata: {"forged":1}\n\n', '\nevent: error\ndata: {}\n\n', '\n: comment\n\n', '\0', '\u2028', '\ufeff', '\ud800'])(
  'keeps the text %j inside the one line of its event', (text) => {
    stream.send('text.delta', { text });
    nextTurn();
    const [written = ''] = response.writes;
    const lines = written.split(/\r\n|\r|\n/);
    expect(lines).toEqual(['event: text.delta', expect.stringMatching(/^data: /), '', '']);
    expect(JSON.parse(lines[1]?.slice('data: '.length) ?? '')).toEqual({ text });
  },
);

it('sends what still waits when it ends, and then only ends', () => {
  stream.send('a', {});
  stream.end();
  expect(response.writes).toEqual(['event: a\ndata: {}\n\n']);
  expect(response.ended).toBe(true);
  nextTurn();
  expect(response.writes).toHaveLength(1);
});

describe('the heartbeat', () => {
  beforeEach(() => {
    stream.send('a', {});
    nextTurn();
    response.writes.length = 0;
  });

  it('is a comment every 15 seconds', () => {
    jest.advanceTimersByTime(HEARTBEAT_MILLISECONDS - 1);
    expect(response.writes).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(response.writes).toEqual([HEARTBEAT]);
    jest.advanceTimersByTime(2 * HEARTBEAT_MILLISECONDS);
    expect(response.writes).toEqual([HEARTBEAT, HEARTBEAT, HEARTBEAT]);
  });

  it('stops with the end of the stream', () => {
    stream.end();
    jest.advanceTimersByTime(2 * HEARTBEAT_MILLISECONDS);
    expect(response.writes).toEqual([]);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('stops when the client goes away', () => {
    response.destroy();
    jest.advanceTimersByTime(2 * HEARTBEAT_MILLISECONDS);
    expect(response.writes).toEqual([]);
    expect(jest.getTimerCount()).toBe(0);
  });
});

describe('a client that reads too slowly', () => {
  it('is given up when more than 1 MiB is unread', () => {
    stream.send('a', {});
    response.writableLength = 1_048_577;
    nextTurn();
    expect(response.destroyed).toBe(true);
  });

  it('is waited for up to that', () => {
    stream.send('a', {});
    response.writableLength = 1_048_576;
    nextTurn();
    expect(response.destroyed).toBe(false);
  });
});

it('writes nothing to a client that has gone', () => {
  stream.send('a', {});
  response.destroy();
  nextTurn();
  expect(response.writes).toEqual([]);
});

it('leaves no timer behind when the client went before the first event', () => {
  response.destroy();
  stream.send('a', {});
  nextTurn();
  expect(jest.getTimerCount()).toBe(0);
});

it('sends events without a name, and the word that ends them, as they are', () => {
  stream.sendData({ text: '\n\ndata: [DONE]' });
  stream.sendData('[DONE]');
  nextTurn();
  expect(response.writes).toEqual(['data: {"text":"\\n\\ndata: [DONE]"}\n\ndata: [DONE]\n\n']);
});
