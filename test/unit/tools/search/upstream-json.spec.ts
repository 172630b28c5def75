import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import * as z from 'zod';
import { Failure } from '../../../../src/kernel/failure.js';
import { expectShape, fetchJson, urlUnder } from '../../../../src/tools/upstream-json.js';
import { NEVER, PlayedUpstream, rejectionOf } from './played-upstream.js';

const Shape = z.object({ word: z.string() });

let upstream: PlayedUpstream;
beforeEach(async () => {
  upstream = await PlayedUpstream.start();
});
afterEach(() => upstream.close());

async function failureOf(promise: Promise<unknown>): Promise<Failure> {
  const error = await rejectionOf(promise);
  expect(error).toBeInstanceOf(Failure);
  return error as Failure;
}

const ask = (url = upstream.url): Promise<unknown> => fetchJson(url, { signal: NEVER });

describe('asking a service for JSON', () => {
  it('gives what it answers', async () => {
    upstream.answerJson({ word: 'déjà' });
    await expect(ask()).resolves.toEqual({ word: 'déjà' });
    expect(upstream.received).toMatchObject([{ method: 'GET', body: '', headers: { accept: 'application/json' } }]);
  });

  it('sends a body as JSON with POST, and the headers', async () => {
    upstream.answerJson({ word: 'yes' });
    await fetchJson(`${upstream.url}/path`, { signal: NEVER, headers: { 'x-token': 'abc' }, body: { question: '?' } });
    expect(upstream.received).toMatchObject([{
      method: 'POST', path: '/path', body: '{"question":"?"}', headers: { 'content-type': 'application/json', 'x-token': 'abc' },
    }]);
  });

  it('reads a reply that comes in pieces, also when a letter is torn', async () => {
    const bytes = Buffer.from('{"word":"é"}');
    upstream.answer = (response) => {
      response.writeHead(200).write(bytes.subarray(0, 10));
      setImmediate(() => response.end(bytes.subarray(10)));
    };
    await expect(ask()).resolves.toEqual({ word: 'é' });
  });

  it.each([[429, true], [500, true], [503, true], [400, false], [401, false], [403, false], [404, false]])('status %d is a failure, worth a retry: %s', async (status, retryable) => {
    upstream.answerJson({ word: 'no' }, status);
    const failure = await failureOf(ask());
    expect(failure).toMatchObject({ code: 'upstream_error', errorType: 'execution', retryable, publicMessage: `The service answered with an error (HTTP ${status}).` });
  });

  it('a refusal is told at once, even when its body never ends', async () => {
    let closed: Promise<unknown> | undefined;
    upstream.answer = (response) => {
      closed = once(response, 'close');
      response.writeHead(500).write('x'.repeat(100));
    };
    expect(await failureOf(ask())).toMatchObject({ code: 'upstream_error' });
    await closed;
  });

  it('a redirect is not followed', async () => {
    upstream.answer = (response) => response.writeHead(302, { location: `${upstream.url}/elsewhere` }).end('{"word":"moved"}');
    expect(await failureOf(ask())).toMatchObject({ code: 'upstream_bad_response', errorType: 'bad_response', publicMessage: expect.stringContaining('redirect') });
    expect(upstream.received).toHaveLength(1);
  });

  it.each(['', 'not json', '<html></html>', '{"word":', '\0'])('the body %j is not JSON', async (body) => {
    upstream.answer = (response) => response.writeHead(200).end(body);
    expect(await failureOf(ask())).toMatchObject({ code: 'upstream_bad_response', errorType: 'bad_response', publicMessage: expect.stringContaining('JSON') });
  });

  it('a body of a million bytes is read', async () => {
    const word = 'x'.repeat(1_000_000 - '{"word":""}'.length);
    upstream.answerJson({ word });
    await expect(ask()).resolves.toEqual({ word });
  });

  it('one byte more is given up', async () => {
    upstream.answerJson({ word: 'x'.repeat(1_000_001 - '{"word":""}'.length) });
    expect(await failureOf(ask())).toMatchObject({ code: 'upstream_bad_response', errorType: 'bad_response' });
  });

  it('a body without end is given up, and its connection closed', async () => {
    let closed: Promise<unknown> | undefined;
    upstream.answer = (response) => {
      closed = once(response, 'close');
      const pour = (): void => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
      };
      response.writeHead(200).on('drain', pour);
      pour();
    };
    expect(await failureOf(ask())).toMatchObject({ code: 'upstream_bad_response', errorType: 'bad_response' });
    await closed;
  });

  it('a connection that is refused is a connection error', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    const failure = await failureOf(ask(`http://127.0.0.1:${port}`));
    expect(failure).toMatchObject({ code: 'upstream_unreachable', errorType: 'connection_error', retryable: true });
    expect(failure.cause).toMatchObject({ code: 'ECONNREFUSED' });
    expect(failure.message).not.toContain(String(port));
  });

  it.each([
    ['before the reply', false],
    ['in the middle of it', true],
  ])('a connection that breaks %s is a connection error', async (_when, begun) => {
    upstream.answer = (response) => {
      if (!begun) return response.destroy();
      response.writeHead(200, { 'content-length': '100' }).write('{"word":');
      setImmediate(() => response.destroy());
    };
    expect(await failureOf(ask())).toMatchObject({ code: 'upstream_unreachable', errorType: 'connection_error' });
  });

  it('an abort while waiting for the reply gives the reason of the signal', async () => {
    const controller = new AbortController();
    const reason = new Error('the user left');
    upstream.answer = () => controller.abort(reason);
    await expect(rejectionOf(fetchJson(upstream.url, { signal: controller.signal }))).resolves.toBe(reason);
  });

  it('an abort in the middle of the reply gives the reason of the signal, and closes the connection', async () => {
    const controller = new AbortController();
    const reason = new Error('the user left');
    let closed: Promise<unknown> | undefined;
    upstream.answer = (response) => {
      closed = once(response, 'close');
      response.writeHead(200).write('{"word":', () => setImmediate(() => controller.abort(reason)));
    };
    await expect(rejectionOf(fetchJson(upstream.url, { signal: controller.signal }))).resolves.toBe(reason);
    await closed;
  });

  it('nothing is sent when the signal was aborted before', async () => {
    const reason = new Error('too late');
    await expect(rejectionOf(fetchJson(upstream.url, { signal: AbortSignal.abort(reason) }))).resolves.toBe(reason);
    expect(upstream.received).toEqual([]);
  });

  it.each(['', 'search', '/search', 'ftp://127.0.0.1/', 'file:///etc/hostname', 'data:application/json,{"word":"x"}'])('the address "%s" is refused', async (url) => {
    const failure = await failureOf(ask(url));
    expect(failure).toMatchObject({ code: 'upstream_url_refused', errorType: 'execution' });
    expect(failure.publicMessage).not.toContain('127.0.0.1');
  });
});

describe('what a service answered', () => {
  it('is given without what was not asked for', () => {
    expect(expectShape(Shape, { word: 'yes', more: 1 })).toEqual({ word: 'yes' });
  });

  it.each([null, [], 'word', 1, {}, { word: 1 }])('is refused when it is %j', async (answer) => {
    expect(await failureOf((async () => expectShape(Shape, answer))())).toMatchObject({ code: 'upstream_bad_response', errorType: 'bad_response' });
  });
});

describe('the address of a service', () => {
  it.each(['http://host', 'http://host/'])('joins %s and the path with one slash', (base) => {
    expect(urlUnder(base, '/v1/search').href).toBe('http://host/v1/search');
  });

  it('keeps the folder of the base', () => {
    expect(urlUnder('http://host/folder/', '/search').href).toBe('http://host/folder/search');
  });

  it('encodes what is asked, so that it can not add a parameter', () => {
    const url = urlUnder('http://host', '/search', { q: 'a&count=99#x é\uD800', format: 'json' });
    expect([...url.searchParams]).toEqual([['q', 'a&count=99#x é\uFFFD'], ['format', 'json']]);
    expect(url.hash).toBe('');
  });
});
