import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '../support/eventually.js';
import { requestBytes } from '../support/raw-http.js';
import { RunningApplication } from '../support/running-application.js';
import { SlowClient } from '../support/slow-client.js';
import { TalkativeModel } from '../support/talkative-model.js';

/** Characters that the system does not take for a client that does not read: it keeps up to some 4 MiB. */
const FAR_MORE = 16 * 1_048_576;
/** Bytes that the service must keep for a client before it counts as stalled here; a quarter of what it may keep. */
const STALLED_BYTES = 262_144;
const JSON_HEADERS = { 'content-type': 'application/json', connection: 'keep-alive' };
const QUESTION = requestBytes({ headers: JSON_HEADERS, body: '{"message":"Tell me a long story"}' });
const STREAMED_QUESTION = requestBytes({ headers: { ...JSON_HEADERS, accept: 'text/event-stream' }, body: '{"message":"Tell me a long story"}' });
const HEAD = 'POST /chat HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';

let service: RunningApplication;
let model: TalkativeModel;

async function start(requestSeconds: number, goesOn: (said: number) => boolean = () => false, ending: 'finishes' | 'hangs' = 'hangs'): Promise<void> {
  model = await new TalkativeModel(goesOn, ending).start();
  service = await RunningApplication.start({ REQUEST_TIMEOUT: String(requestSeconds), ANTHROPIC_BASE_URL: model.url, MAX_TOKENS: '128000' });
}
afterEach(async () => {
  await service.stop();
  model.stop();
});

async function expectCancelledRun(): Promise<void> {
  await eventually(() => model.abandoned === 1);
  await eventually(async () => (await service.metric('agent_requests_total', { status: 'cancelled', user_id: 'unknown' })) === 1);
  expect(await service.metric('agent_requests_active')).toBe(0);
}

describe('a request that comes one byte at a time', () => {
  it('is refused when its headers take half of REQUEST_TIMEOUT, or all of it that long', async () => {
    await start(3);
    const [headers, body] = await Promise.all([
      new SlowClient(service.url).drip('x-slow: 1\r\n', HEAD).closed,
      new SlowClient(service.url).drip('a', `${HEAD}Content-Length: 10000\r\n\r\n{"message":"`).closed,
    ]);
    expect(headers.milliseconds).toBeGreaterThanOrEqual(1_400);
    expect(body.milliseconds).toBeGreaterThanOrEqual(2_900);
    expect(headers.milliseconds).toBeLessThan(body.milliseconds);
    for (const { received } of [headers, body]) {
      expect(received).toMatch(/^HTTP\/1\.1 408 /);
      expect(received).toContain('"code":"request_timeout"');
    }
  });
});

describe('a client that reads nothing', () => {
  it('of a stream is cut off when more than 1 MiB waits, and its run ends', async () => {
    await start(30, (said) => said < FAR_MORE);
    new SlowClient(service.url).ignore(STREAMED_QUESTION);
    await expectCancelledRun();
  });

  it('of a stream is cut off after twice REQUEST_TIMEOUT without progress, and its run ends', async () => {
    const sockets: Socket[] = [];
    await start(1, () => sockets.every(({ writableLength }) => writableLength < STALLED_BYTES));
    (service.app.getHttpServer()).on('connection', (socket) => sockets.push(socket));
    const sentAt = performance.now();
    new SlowClient(service.url).ignore(STREAMED_QUESTION);
    await expectCancelledRun();
    expect(performance.now() - sentAt).toBeGreaterThanOrEqual(1_900);
  });

  it('of an answer as JSON is cut off as well', async () => {
    await start(0.5, (said) => said < FAR_MORE, 'finishes');
    new SlowClient(service.url).ignore(QUESTION);
    const server: Server = service.app.getHttpServer();
    await eventually(async () => (await service.metric('agent_requests_total', { status: 'success', user_id: 'unknown' })) === 1);
    await eventually(async () => (await service.metric('http_request_duration_seconds_count', { route: '/chat', status_code: '200' })) === 1);
    expect(service.log.of('http.client_gone')).toHaveLength(1);
    expect(server.listening).toBe(true);
  });
});

it('a client that reads slowly but reads on gets everything, however long it takes', async () => {
  await start(0.5, (said) => said < FAR_MORE, 'finishes');
  const startedAt = performance.now();
  const { socket } = new SlowClient(service.url).ignore(QUESTION);
  let received = 0;
  let tail = '';
  let budget = 0;
  socket.on('data', (chunk: Buffer) => {
    received += chunk.length;
    tail = chunk.toString('latin1').slice(-200);
    budget -= chunk.length;
    if (budget <= 0) socket.pause();
  }).pause();
  while (!tail.endsWith('}') && !socket.destroyed) {
    budget = 1_048_576;
    socket.resume();
    await pause(200);
  }
  expect(tail).toMatch(/"degraded":\[\]\}$/);
  expect(received).toBeGreaterThanOrEqual(FAR_MORE);
  expect(performance.now() - startedAt).toBeGreaterThan(1_500); // longer than the limit, or nothing was shown
  socket.destroy();
});

it('of more than 1,000 connections the last is closed, until one of the others ends', async () => {
  await start(30);
  const idle = Array.from({ length: 1_000 }, () => new SlowClient(service.url).listen());
  const server: Server = service.app.getHttpServer();
  const connections = () => new Promise<number>((resolve) => { server.getConnections((_error, count) => resolve(count)); });
  await eventually(async () => (await connections()) === 1_000);
  const { received } = await new SlowClient(service.url).listen().closed;
  expect(received).toBe('');
  idle[0]?.socket.destroy();
  await eventually(() => fetch(`${service.url}/health/live`).then(({ ok }) => ok, () => false));
  for (const { socket } of idle) socket.destroy();
});
