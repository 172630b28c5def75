import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { Lifecycle } from '../../src/http/lifecycle.js';
import { RunningApplication } from '../support/running-application.js';

/** A regular file: no folder can be made below it, whoever asks. */
const REGULAR_FILE = process.execPath;

let service: RunningApplication;

async function start(environment: Readonly<Record<string, string>> = {}): Promise<void> {
  service = await RunningApplication.start(environment);
}
afterEach(() => service.stop());

async function probe(path: 'live' | 'ready'): Promise<{ readonly status: number; readonly headers: Headers; readonly body: unknown }> {
  const response = await fetch(`${service.url}/health/${path}`);
  return { status: response.status, headers: response.headers, body: await response.json() };
}

const healthy = (detail: unknown) => ({ status: 'healthy', detail });

it('liveness says only that the process answers', async () => {
  await start();
  expect(await probe('live')).toMatchObject({ status: 200, body: { status: 'healthy' } });
  expect((await probe('live')).body).toEqual({ status: 'healthy' });
});

it('readiness says who is ready and what was looked at', async () => {
  await start();
  const { status, headers, body } = await probe('ready');
  expect(status).toBe(200);
  expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
  expect(headers.get('cache-control')).toBe('no-store');
  expect(body).toEqual({
    status: 'healthy', service: 'task-automation-agent', version: '0.1.0', model: 'claude-sonnet-5-5', simulated: false,
    checks: {
      api_key: healthy('set'), model: healthy('no call has shown a problem'), tools: healthy('no breaker is open'), telemetry: healthy('no collector is configured'),
      store: healthy('sqlite: ready'), disk: healthy(expect.stringMatching(/^\d+ MiB free$/)), notes: healthy('writable'),
    },
  });
});

it('readiness asks no model and shows no key, path or address', async () => {
  await start();
  const text = JSON.stringify((await probe('ready')).body);
  expect(service.simulator.requestCount).toBe(0);
  for (const inside of ['test-key', service.folder, '127.0.0.1']) expect(text).not.toContain(inside);
});

it('without a key, readiness says loudly that the model is simulated', async () => {
  await start({ ANTHROPIC_API_KEY: '', ANTHROPIC_BASE_URL: '', SEARCH_PROVIDER: 'none', SEARXNG_URL: '', SIMULATOR_FIRST_TOKEN: '0', SIMULATOR_TOKENS_PER_SECOND: '0' });
  expect(await probe('ready')).toMatchObject({ status: 200, body: { model: 'simulated', simulated: true, checks: { api_key: healthy(expect.stringContaining('SIMULATED')) } } });
  expect(await (await service.chat({ message: 'What is 2 + 3?' })).json()).toMatchObject({ reply: '2 + 3 equals 5.', model: 'simulated', simulated: true });
  expect(await (await fetch(service.url)).json()).toMatchObject({ model: 'simulated', simulated: true });
});

it('with a server of one\'s own and no key, the model is not called simulated', async () => {
  await start({ ANTHROPIC_API_KEY: '' });
  expect(await probe('ready')).toMatchObject({ status: 200, body: { simulated: false, checks: { api_key: { status: 'healthy' } } } });
});

describe('when notes can not be written', () => {
  beforeEach(() => start({ NOTES_DIR: `${REGULAR_FILE}/notes` }));

  it('the service is degraded, and still takes requests', async () => {
    expect(await probe('ready')).toMatchObject({ status: 200, body: { status: 'degraded', checks: { notes: { status: 'degraded', detail: 'notes can not be written' }, api_key: { status: 'healthy' } } } });
    expect(await service.metric('health_check_status', { check: 'notes' })).toBe(0.5);
    expect((await probe('live')).status).toBe(200);
    expect(await (await service.chat({ message: 'What is 2 + 3?' })).json()).toMatchObject({ outcome: 'success', reply: '2 + 3 equals 5.' });
  });

  it('save_note says that it saved nothing, and nobody learns where it tried', async () => {
    const text = await (await service.chat({ message: 'Save a note called list: milk' })).text();
    expect(JSON.parse(text)).toMatchObject({ reply: expect.stringMatching(/could not save/), tool_calls: [{ name: 'save_note', status: 'error' }] });
    expect(text).not.toContain(REGULAR_FILE);
  });
});

it('a folder for data that can not be made is told, but degrades nothing that works without it', async () => {
  await start({ DATA_DIR: `${REGULAR_FILE}/data`, DATABASE_URL: 'memory:' });
  expect(await probe('ready')).toMatchObject({ status: 200, body: { checks: { disk: { detail: expect.stringMatching(/MiB free/) } } } });
});

describe('a draining process', () => {
  beforeEach(async () => {
    await start();
    void service.app.get(Lifecycle).drain('SIGTERM', 1_000);
  });

  it('is not ready, says why, and is alive', async () => {
    expect(await probe('ready')).toMatchObject({ status: 503, body: { status: 'failed', draining: true, checks: { notes: { status: 'healthy' } } } });
    expect((await probe('live')).status).toBe(200);
  });

  it('refuses those who come before the load balancer has noticed, and says that they may ask again', async () => {
    const answer = await service.chat({ message: 'What is 2 + 3?' });
    expect([answer.status, answer.headers.get('retry-after'), await answer.json()]).toEqual([503, '1', expect.objectContaining({ code: 'shutting_down', retryable: true })]);
    expect(await service.metric('agent_requests_rejected_total', { reason: 'draining' })).toBe(1);
  });

  it('says once that it drains', async () => {
    await service.app.get(Lifecycle).drain('SIGINT');
    expect(service.log.of('application.draining')).toEqual([expect.objectContaining({ reason: 'SIGTERM' })]);
  });
});

it('a client that holds a connection and asks nothing does not hold the end of the process', async () => {
  await start();
  const { hostname, port } = new URL(service.url);
  const client = connect(Number(port), hostname);
  client.on('error', () => undefined); // being reset is one way to be let go
  await once(client, 'connect');
  await probe('live'); // by now the server has accepted the connection, too
  const stopping = service.stop().then(() => 'stopped');
  const outcome = await Promise.race([stopping, pause(10_000, 'still waiting', { ref: false })]);
  client.destroy();
  await stopping;
  expect(outcome).toBe('stopped');
});

describe('what the pillars show of probes', () => {
  beforeEach(() => start());

  it('is one series for each check', async () => {
    await probe('ready');
    for (const check of ['api_key', 'disk', 'notes']) expect(await service.metric('health_check_status', { check })).toBe(1);
  });

  it('is no HTTP request in the metrics or the log', async () => {
    for (let round = 0; round < 3; round++) await Promise.all([probe('live'), probe('ready'), service.metrics()]);
    await service.chat({ message: 'Hello' });
    const counted = (await service.metrics()).split('\n').filter((line) => line.startsWith('http_request_duration_seconds_count'));
    expect(counted).toEqual([expect.stringMatching(/route="\/chat".*\} 1$/)]);
    expect(service.log.of('http.request_completed')).toHaveLength(1);
  });

  it('is a line at info level only when the verdict changes', async () => {
    for (let round = 0; round < 3; round++) await probe('ready');
    void service.app.get(Lifecycle).drain('test', 1_000);
    for (let round = 0; round < 3; round++) await probe('ready');
    const changes = service.log.of('health.readiness_check_completed').filter(({ level }) => level === 'info');
    expect(changes.map(({ status }) => status)).toEqual(['healthy', 'failed']);
  });

  it('carries a correlation id like any other answer', async () => {
    const response = await fetch(`${service.url}/health/live`, { headers: { 'x-correlation-id': 'probe-1' } });
    expect(response.headers.get('x-correlation-id')).toBe('probe-1');
  });
});
