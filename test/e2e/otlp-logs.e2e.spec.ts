import { createServer, type AddressInfo, type Socket } from 'node:net';
import { Child, jsonLines, type ChildOptions } from '../support/child.js';
import { eventually } from '../support/eventually.js';
import { parseExposition } from '../support/exposition.js';
import { OtlpReceiver, type ReceivedLog } from '../support/otlp-receiver.js';

const LOGS = { SHED_LAG: '0', OTEL_LOGS_EXPORTER: 'otlp', OTEL_BLRP_SCHEDULE_DELAY: '50', OTEL_BSP_SCHEDULE_DELAY: '50' };
const NOBODY = 'http://127.0.0.1:9';
/** Generous for an end that may take three seconds on a fast machine. Milliseconds. */
const SOON = 20_000;

const receiver = await OtlpReceiver.forThisFile();
afterAll(() => Child.killAll());

async function serve(environment: NonNullable<ChildOptions['environment']>): Promise<{ readonly child: Child; readonly url: string }> {
  const child = Child.start(['serve'], { environment });
  return { child, url: await child.url() };
}

async function chat(url: string): Promise<unknown> {
  const response = await fetch(`${url}/chat`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"message":"What is 15 multiplied by 23?"}' });
  return response.status;
}

async function end(child: Child): Promise<readonly Readonly<Record<string, unknown>>[]> {
  child.signal('SIGTERM');
  const { code, stdout } = await child.end(SOON);
  expect(code).toBe(0);
  return jsonLines(stdout);
}

async function metric(url: string, key: string): Promise<number> {
  return parseExposition(await (await fetch(`${url}/metrics`)).text()).get(key) ?? NaN;
}

function exported(url: string, result: string): Promise<number> {
  return metric(url, `otel_log_records_exported_total{result="${result}"}`);
}

function only(event: string): ReceivedLog {
  const found = receiver.logs.filter(({ eventName }) => eventName === event);
  expect(found).toHaveLength(1);
  return found[0] as ReceivedLog;
}

describe('every line arrives as a record', () => {
  it('once and in order, with its fields, beside the spans that it belongs to', async () => {
    const { child, url } = await serve({ ...LOGS, OTLP_ENDPOINT: receiver.httpUrl });
    expect(await chat(url)).toBe(200);
    const lines = await end(child);
    expect(lines.length).toBeGreaterThan(10);
    expect(receiver.logs.map(({ body }) => body)).toEqual(lines.map(({ message }) => message));
    expect(receiver.logs.map(({ severity }) => severity)).toEqual(lines.map(({ level }) => level));
    expect(receiver.logs.map(({ time }) => new Date(time).toISOString())).toEqual(lines.map(({ timestamp }) => timestamp));
    for (const id of ['traceId', 'spanId'] as const) {
      expect(receiver.logs.map((log) => log[id])).toEqual(lines.map(({ trace_id: trace, span_id: span }) => (id === 'traceId' ? trace : span) ?? ''));
    }
    const ended = only('agent.request_completed');
    const { traceId, spanId, resource } = receiver.named('agent.process');
    expect(ended).toMatchObject({ body: 'agent.request_completed', severity: 'info', severityNumber: 9, traceId, spanId });
    expect(ended.attributes).toMatchObject({ event: 'agent.request_completed', correlation_id: expect.any(String), status: 'success', iterations: 2, duration_ms: expect.any(Number) });
    expect(Object.keys(ended.attributes).filter((name) => ['message', 'level', 'timestamp', 'trace_id', 'span_id', 'trace_flags'].includes(name))).toEqual([]);
    expect(ended.resource).toEqual(resource);
  });

  it.each([
    ['grpc', { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }], ['http/json', { OTEL_EXPORTER_OTLP_LOGS_PROTOCOL: 'http/json' }], ['http/protobuf', {}],
  ] as const)('over %s, also without spans', async (transport, environment) => {
    const endpoint = transport === 'grpc' ? receiver.grpcUrl : receiver.httpUrl;
    const { stderr } = await Child.run(['ask', 'Hello'], { environment: { ...LOGS, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_TRACES_EXPORTER: 'none', ...environment } });
    expect(receiver.logs.map(({ body }) => body)).toEqual(jsonLines(stderr).map(({ message }) => message));
    expect(new Set(receiver.exports.map((each) => each.transport))).toEqual(new Set([transport]));
    expect(receiver.logs.filter(({ traceId }) => traceId !== '')).toEqual([]);
  });

  it('at an endpoint that only they have', async () => {
    const environment = { ...LOGS, OTLP_ENDPOINT: NOBODY, OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: `${receiver.httpUrl}/v1/logs`, OTEL_TRACES_EXPORTER: 'none' };
    await Child.run(['ask', 'Hello'], { environment });
    expect(new Set(receiver.exports.map(({ path }) => path))).toEqual(new Set(['/v1/logs']));
    expect(receiver.logs.length).toBeGreaterThan(3);
  });

  it('and is counted', async () => {
    const { child, url } = await serve({ ...LOGS, OTLP_ENDPOINT: receiver.httpUrl });
    await chat(url);
    await eventually(async () => (await exported(url, 'ok')) >= jsonLines(child.stdout).length);
    expect(await metric(url, 'otel_exporter_up{signal="logs"}')).toBe(1);
    await end(child);
  });
});

describe('a collector that takes no records', () => {
  it('costs no answer and no line; it is counted, told rarely, and does not feed itself', async () => {
    const { child, url } = await serve({ ...LOGS, OTLP_ENDPOINT: NOBODY, OTEL_EXPORTER_OTLP_TIMEOUT: '200' });
    expect(await chat(url)).toBe(200);
    await eventually(async () => (await exported(url, 'failed')) > 10);
    expect(await metric(url, 'otel_exporter_up{signal="logs"}')).toBe(0);
    const ready = await fetch(`${url}/health/ready`);
    expect([ready.status, (await ready.json() as { checks: object }).checks]).toEqual([200, expect.objectContaining({
      telemetry: { status: 'degraded', detail: expect.stringMatching(/does not take (?:spans and )?log lines.*: \d+ spans exported.*; \d+ log lines exported, [1-9]\d* failed/) },
    })]);
    const lines = await end(child);
    expect(lines.some(({ event }) => event === 'agent.request_completed')).toBe(true);
    const told = lines.filter(({ event }) => event === 'telemetry.export_failed');
    expect(told.length).toBeGreaterThan(0);
    expect(told.length).toBeLessThanOrEqual(8);
    expect(told.filter((line) => 'correlation_id' in line)).toEqual([]);
  });

  it('does not hold a deploy, and what does not fit into the queue is dropped and counted', async () => {
    const sockets = new Set<Socket>();
    const blackHole = createServer((socket) => void sockets.add(socket.on('error', () => undefined).resume()));
    await new Promise<void>((resolve) => blackHole.listen(0, '127.0.0.1', resolve));
    try {
      const endpoint = `http://127.0.0.1:${(blackHole.address() as AddressInfo).port}`;
      const { child, url } = await serve({
        ...LOGS, OTLP_ENDPOINT: endpoint, OTEL_BLRP_MAX_QUEUE_SIZE: '4', OTEL_EXPORTER_OTLP_TIMEOUT: '120000', OTEL_BLRP_EXPORT_TIMEOUT: '120000',
      });
      expect(await chat(url)).toBe(200);
      await eventually(async () => (await exported(url, 'dropped')) > 0);
      expect((await end(child)).some(({ event }) => event === 'agent.request_completed')).toBe(true);
    } finally {
      for (const socket of sockets) socket.destroy();
      blackHole.close();
    }
  });
});

it.each([
  ['by default', {}], ['when it is turned off', { OTEL_LOGS_EXPORTER: 'none' }], ['when the SDK is', { OTEL_LOGS_EXPORTER: 'otlp', OTEL_SDK_DISABLED: 'true' }],
])('no line is exported %s', async (_when, environment) => {
  const { code } = await Child.run(['ask', 'Hello'], { environment: { OTLP_ENDPOINT: receiver.httpUrl, ...environment } });
  expect({ code, logs: receiver.logs }).toEqual({ code: 0, logs: [] });
});
