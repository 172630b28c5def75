import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { Child, jsonLines, type ChildOptions } from '../support/child.js';
import { eventually } from '../support/eventually.js';
import { parseExposition } from '../support/exposition.js';
import { OtlpReceiver } from '../support/otlp-receiver.js';

const QUESTION = 'What is 15 multiplied by 23?';
/** Far longer than anybody would wait: if the exporter's own patience decided when the process ends, the tests would see it. */
const PATIENT_EXPORTER = { OTEL_EXPORTER_OTLP_TIMEOUT: '120000', OTEL_BSP_EXPORT_TIMEOUT: '120000' };
/** Generous for an end that may take three seconds on a fast machine. Milliseconds. */
const SOON = 20_000;

const receiver = await OtlpReceiver.forThisFile();
afterAll(() => Child.killAll());

function chat(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  return fetch(`${url}/chat`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify({ message: QUESTION }) });
}

describe('a collector that is', () => {
  const sockets = new Set<Socket>();
  let blackHole: Server;
  beforeAll(async () => {
    blackHole = createServer((socket) => {
      sockets.add(socket.on('error', () => undefined));
      socket.resume();
    });
    await new Promise<void>((resolve) => blackHole.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => {
    for (const socket of sockets) socket.destroy();
    blackHole.close();
  });

  const dead = (): string => `http://127.0.0.1:${(blackHole.address() as AddressInfo).port}`;

  it.each([
    ['not there', () => 'http://127.0.0.1:9', {}], ['not there, over gRPC', () => 'http://127.0.0.1:9', { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }],
    ['a black hole', dead, {}], ['a black hole, over gRPC', dead, { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }],
  ])('%s costs no answer, and does not hold the process', async (_name, endpoint, environment) => {
    const child = Child.start(['ask', QUESTION], { environment: { OTLP_ENDPOINT: endpoint(), ...environment, ...PATIENT_EXPORTER } });
    await child.said('stdout', /345/);
    const { code, stdout } = await child.end(SOON);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '15 multiplied by 23 equals 345.\n' });
  });

  it('not there is told in the log: telemetry is never silently off', async () => {
    const { stderr } = await Child.run(['ask', QUESTION], { environment: { OTLP_ENDPOINT: 'http://127.0.0.1:9' } });
    const told = jsonLines(stderr).filter(({ event }) => event === 'telemetry.export_failed');
    expect(told.length).toBeGreaterThan(0);
    expect(told.length).toBeLessThanOrEqual(3);
    expect(told[0]).toMatchObject({ level: 'warning', error: expect.any(String) });
  });

  it('refusing is told once, in its own words, without a stack and without what it answered', async () => {
    const refusing = createHttpServer((request, response) => void request.resume().on('end', () => response.writeHead(401).end('CANARY of the collector')));
    await new Promise<void>((resolve) => refusing.listen(0, '127.0.0.1', resolve));
    try {
      // Only batches that are sent on the way are told of by the SDK as well; those of the log are sure to be.
      const environment = { OTLP_ENDPOINT: `http://127.0.0.1:${(refusing.address() as AddressInfo).port}`, OTEL_LOGS_EXPORTER: 'otlp', OTEL_BLRP_SCHEDULE_DELAY: '1' };
      const { stderr } = await Child.run(['ask', QUESTION], { environment });
      expect(jsonLines(stderr).filter(({ event }) => event === 'telemetry.export_failed').map(({ error }) => error)).toEqual(['Unauthorized']);
      expect(stderr).not.toContain('CANARY');
    } finally {
      refusing.closeAllConnections();
      refusing.close();
    }
  });

  it('dead does not hold a deploy: SIGTERM ends the service, with 0', async () => {
    const child = Child.start(['serve'], { environment: { OTLP_ENDPOINT: dead(), ...PATIENT_EXPORTER } });
    await chat(await child.url());
    child.signal('SIGTERM');
    expect((await child.end(SOON)).code).toBe(0);
  });
});

describe('a service', () => {
  async function serve(environment: ChildOptions['environment']): Promise<{ readonly child: Child; readonly url: string }> {
    const child = Child.start(['serve'], { environment: { OTEL_BSP_SCHEDULE_DELAY: '50', ...environment } });
    return { child, url: await child.url() };
  }

  async function exported(url: string, result: string): Promise<number> {
    return parseExposition(await (await fetch(`${url}/metrics`)).text()).get(`otel_spans_exported_total{result="${result}"}`) ?? NaN;
  }

  it('continues the trace of its caller', async () => {
    const { child, url } = await serve({ OTLP_ENDPOINT: receiver.httpUrl });
    const response = await chat(url, { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' });
    expect(response.headers.get('x-trace-id')).toBe('0af7651916cd43dd8448eb211c80319c');
    child.signal('SIGTERM');
    await child.end();
    expect(receiver.named('POST /chat')).toMatchObject({ kind: 2, traceId: '0af7651916cd43dd8448eb211c80319c', parentSpanId: 'b7ad6b7169203331' });
    expect(receiver.childrenOf(receiver.named('POST /chat'))).toEqual(['agent.process']);
  });

  it('counts the spans that arrived, and links its histograms to a trace that can be found', async () => {
    const { child, url } = await serve({ OTLP_ENDPOINT: receiver.httpUrl });
    await chat(url);
    await eventually(async () => (await exported(url, 'ok')) === 7);
    const open = await (await fetch(`${url}/metrics`, { headers: { accept: 'application/openmetrics-text' } })).text();
    const linked = [...open.matchAll(/# \{trace_id="(\w+)"\}/g)].map(([, traceId]) => traceId);
    expect(linked.length).toBeGreaterThan(3);
    expect(new Set(linked)).toEqual(new Set([receiver.named('agent.process').traceId]));
    child.signal('SIGTERM');
    expect((await child.end()).code).toBe(0);
  });

  it('counts the spans that the collector refused', async () => {
    const { child, url } = await serve({ OTLP_ENDPOINT: 'http://127.0.0.1:9', OTEL_EXPORTER_OTLP_TIMEOUT: '200' });
    await chat(url);
    await eventually(async () => (await exported(url, 'failed')) === 7);
    child.signal('SIGTERM');
    expect((await child.end()).code).toBe(0);
  });

  it('counts the spans that did not fit into the queue', async () => {
    const { child, url } = await serve({ OTLP_ENDPOINT: receiver.httpUrl, OTEL_BSP_MAX_QUEUE_SIZE: '2' });
    await eventually(async () => {
      await Promise.all([chat(url), chat(url), chat(url)]);
      return (await exported(url, 'dropped')) > 0;
    });
    child.signal('SIGTERM');
    expect((await child.end()).code).toBe(0);
  });
});
