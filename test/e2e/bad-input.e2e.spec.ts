import * as fc from 'fast-check';
import { once } from 'node:events';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import { eventually } from '../support/eventually.js';
import { exchange, requestBytes, type RawResponse } from '../support/raw-http.js';
import { RunningApplication } from '../support/running-application.js';
import { BAD_REQUESTS, BROKEN_HTTP, ODD_REQUESTS } from './bad-requests.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const PROBLEM_FIELDS = ['code', 'correlation_id', 'detail', 'retryable', 'status', 'title', 'type'];
/** Nothing of the inside: stacks, files, the framework's own codes, the key, and what the table marks as the client's secret. */
const INSIDE = /node_modules|\.[cm]?[jt]s\b|\n\s+at |FST_|SyntaxError|TypeError|test-key|127\.0\.0\.1|(?:secret-?){8}|a{60}/;

let service: RunningApplication;

beforeAll(async () => {
  service = await RunningApplication.start();
});
afterAll(() => service.stop());

function expectProblem(answer: RawResponse, status: number): Readonly<Record<string, unknown>> {
  expect({ status: answer.status, type: answer.headers['content-type'] }).toEqual({ status, type: 'application/problem+json; charset=utf-8' });
  const problem = JSON.parse(answer.body) as Record<string, unknown>;
  expect(Object.keys(problem).sort()).toEqual(PROBLEM_FIELDS);
  expect(problem).toMatchObject({
    type: `urn:task-agent:problem:${String(problem.code)}`, title: String(problem.code).replaceAll('_', ' '), status,
    detail: expect.stringMatching(/^.{5,500}$/s), code: expect.stringMatching(/^[a-z_]{3,40}$/), correlation_id: expect.stringMatching(UUID), retryable: false,
  });
  expect(answer.headers['x-correlation-id']).toBe(problem.correlation_id);
  expect(answer.headers['cache-control']).toBe('no-store');
  expect(answer.body).not.toMatch(INSIDE);
  return problem;
}

async function expectGoodRequestToSucceed(): Promise<void> {
  const response = await service.chat({ message: 'What is 2 + 3?' });
  expect({ status: response.status, body: await response.json() }).toMatchObject({ status: 200, body: { reply: '2 + 3 equals 5.' } });
}

it('has a table worth the name', () => {
  expect(BAD_REQUESTS.length).toBeGreaterThanOrEqual(150);
});

describe('a bad request is refused with a problem, without asking the model, and the next good one is answered:', () => {
  it.each(BAD_REQUESTS)('$why → $status $code', async ({ status, code, request }) => {
    const callsBefore = service.simulator.requestCount;
    const problem = expectProblem(await exchange(service.url, requestBytes(request)), status);
    expect(problem.code).toBe(code);
    expect(service.simulator.requestCount).toBe(callsBefore);
    await expectGoodRequestToSucceed();
  });
});

describe('what is no HTTP is refused with a problem, too:', () => {
  it.each(BROKEN_HTTP)('%s → %d', async (_what, status, bytes) => {
    const answer = await exchange(service.url, Buffer.from(bytes, 'latin1'));
    expect(answer.status).toBe(status);
    await expectGoodRequestToSucceed();
    expectProblem(answer, status);
  });
});

it('a client that sends no HTTP and stays is let go', async () => {
  const server: Server = service.app.getHttpServer();
  const connections = () => new Promise<number>((resolve) => {
    server.getConnections((_error, count) => resolve(count));
  });
  const before = await connections();
  const { hostname, port } = new URL(service.url);
  const client = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
  client.on('error', () => undefined); // being reset is one way to be let go
  try {
    client.resume().write('garbage\r\n\r\n');
    await Promise.race([once(client, 'end'), once(client, 'close')]);
    await eventually(async () => (await connections()) <= before);
  } finally {
    client.destroy();
  }
});

it('what is no HTTP behind a request ends the connection, and never becomes part of the answer to that request', async () => {
  service.simulator.enqueue({ kind: 'hang' });
  const calls = service.simulator.requestCount;
  const request = { headers: { 'content-type': 'application/json', accept: 'text/event-stream', connection: 'keep-alive' }, body: '{"message":"hi"}' };
  const { hostname, port } = new URL(service.url);
  const client = connect(Number(port), hostname);
  let received = '';
  client.setEncoding('utf8').on('data', (text: string) => {
    received += text;
  });
  client.write(requestBytes(request));
  await eventually(() => service.simulator.requestCount > calls && received.includes('run.started'));
  client.write('garbage\r\n\r\n');
  await once(client, 'close');
  expect(received.match(/^HTTP\/1\.1/gm)).toHaveLength(1);
  await eventually(() => service.simulator.inFlight === 0);
});

it('a wrong method is answered with the right ones', async () => {
  expect((await exchange(service.url, requestBytes({ method: 'GET' }))).headers.allow).toBe('POST');
});

describe('a request that is only odd is answered:', () => {
  it.each(ODD_REQUESTS)('%s', async (_why, request) => {
    expect(await exchange(service.url, requestBytes(request))).toMatchObject({ status: 200, headers: { 'content-type': 'application/json; charset=utf-8' } });
  });
});

describe('a correlation id that could break a line is replaced:', () => {
  it.each([
    'two words', 'a\tb', 'a,b', 'a;b', '"', '\\', '{"a":1}', '<script>', '%0d%0aset-cookie:b', '\xe9', '\xff\xfe', '\x80', 'a'.repeat(129), 'a'.repeat(8_000), '',
  ])('%j', async (id) => {
    service.log.clear();
    const answer = await exchange(service.url, requestBytes({ headers: { 'content-type': 'application/json', 'x-correlation-id': id }, body: '{}' }));
    const problem = expectProblem(answer, 400);
    const logged = service.log.of('request.failed');
    expect(logged.map((line) => line.correlation_id)).toEqual([problem.correlation_id]);
    for (const line of service.log.text) expect(line.trimEnd()).not.toMatch(/[\r\n]/);
  });
});

it('counts each refusal once, by its reason, and no run', async () => {
  const counted = async () => Promise.all([
    service.metric('agent_requests_rejected_total', { reason: 'validation' }), service.metric('agent_requests_rejected_total', { reason: 'not_found' }),
    service.metric('agent_requests_total', { status: 'success', user_id: 'unknown' }), service.metric('agent_requests_total', { status: 'error', user_id: 'unknown' }),
  ]);
  const [validation = 0, notFound = 0, ...runs] = await counted();
  await service.chat({});
  await service.chat({ message: 'hi', conversation_id: 'conv_unknown' });
  await fetch(`${service.url}/nope`);
  expect(await counted()).toEqual([validation + 1, notFound + 2, ...runs]);
});

it('20,000 mutated bodies are answered or refused, and never break anything', async () => {
  const seen = new Map<number, number>();
  const before = resourcesNow();
  await fc.assert(fc.asyncProperty(fc.array(mutatedBody(), { minLength: 10, maxLength: 10 }), async (bodies) => void await Promise.all(bodies.map(async (body) => {
    const response = await fetch(`${service.url}/chat`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: new Uint8Array(body) });
    const text = await response.text();
    seen.set(response.status, (seen.get(response.status) ?? 0) + 1);
    if (response.status !== 200) expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect([200, 400, 404, 413]).toContain(response.status);
    expect(text).not.toMatch(/node_modules|\n\s+at |SyntaxError|TypeError/);
  }))), { numRuns: 2_000, seed: 20_260_101, endOnFailure: true });
  for (const status of [200, 400]) expect(seen.get(status)).toBeGreaterThan(2_000);
  await eventually(() => service.simulator.inFlight === 0);
  const after = resourcesNow();
  expect(after.sockets).toBeLessThanOrEqual(before.sockets + 16);
  expect(after.timers).toBeLessThanOrEqual(before.timers + 16);
  expect(await service.metric('agent_requests_active')).toBe(0);
  expect(service.simulator.violations).toEqual([]);
  await expectGoodRequestToSucceed();
}, 240_000);

it('a mistake of a client is logged, but not as an error of ours: it must wake nobody', async () => {
  service.log.clear();
  await service.chat({ message: 'hi', conversation_id: 'conv_unknown' });
  expect(service.log.of('request.failed')).toHaveLength(1);
  expect(service.log.lines.map(({ level, event }) => ({ level, event })).filter(({ level }) => level === 'error' || level === 'warning')).toEqual([]);
});

it('none of it was an internal error', async () => {
  expect(service.log.lines.filter(({ level, status }) => level === 'error' && status !== 'rejected')).toEqual([]);
  expect(await service.metrics()).not.toMatch(/http_request_duration_seconds_count\{[^}]*status_code="5/);
});

/** What a leak would leave behind. */
function resourcesNow(): { readonly sockets: number; readonly timers: number } {
  const active = process.getActiveResourcesInfo();
  return { sockets: active.filter((name) => name === 'TCPSocketWrap').length, timers: active.filter((name) => name === 'Timeout').length };
}

/** A body that is good or nearly so, then changed in up to three places. */
function mutatedBody(): fc.Arbitrary<Buffer> {
  const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string(), fc.constantFrom('What is 2 + 3?', '\ud800', 'a\0', ' ', '__proto__'));
  const value = fc.oneof({ weight: 3, arbitrary: text }, fc.jsonValue());
  const name = fc.constantFrom('message', 'conversation_id', '__proto__', 'constructor', 'stream', '');
  const field = fc.tuple(name, value).map(([key, held]) => `${JSON.stringify(key)}:${JSON.stringify(held)}`);
  const body = fc.oneof(
    { weight: 3, arbitrary: text.map((message) => JSON.stringify({ message })) },
    { weight: 1, arbitrary: fc.array(field, { maxLength: 3 }).map((fields) => `{"message":"hi",${fields.join()}}`) },
  );
  const change = fc.record({ at: fc.nat(), kind: fc.constantFrom('set', 'insert', 'remove', 'cut', 'repeat'), byte: fc.oneof(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 97, max: 122 })) });
  return fc.tuple(body, fc.array(change, { maxLength: 3 })).map(([json, changes]) => changes.reduce(changed, Buffer.from(json)));
}

function changed(bytes: Buffer, { at, kind, byte }: { readonly at: number; readonly kind: string; readonly byte: number }): Buffer {
  const position = at % (bytes.length + 1);
  const before = bytes.subarray(0, position);
  const after = bytes.subarray(position);
  switch (kind) {
    case 'set': return Buffer.concat([before, Buffer.from([byte]), after.subarray(1)]);
    case 'insert': return Buffer.concat([before, Buffer.from([byte]), after]);
    case 'remove': return Buffer.concat([before, after.subarray(1)]);
    case 'cut': return before;
    default: return Buffer.concat([before, after, after]);
  }
}
