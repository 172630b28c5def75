import { Child } from '../support/child.js';
import { eventually } from '../support/eventually.js';
import { parseExposition, seriesKey } from '../support/exposition.js';
import { OtlpReceiver } from '../support/otlp-receiver.js';
import { TcpProxy } from '../support/tcp-proxy.js';

let receiver: OtlpReceiver;
let collector: TcpProxy;
let url: string;

beforeAll(async () => {
  receiver = await OtlpReceiver.start();
  collector = await TcpProxy.to(receiver.httpUrl);
  url = await Child.start(['serve'], { environment: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_BSP_SCHEDULE_DELAY: '100', SHED_LAG: '0', OTEL_EXPORTER_OTLP_TIMEOUT: '1000' } }).url();
});
afterAll(async () => {
  await Child.killAll();
  await collector.refuse();
  await receiver.stop();
});

/** Asks a question, which makes spans, and waits until the exporter has said how that went. */
async function until(up: number): Promise<void> {
  await eventually(async () => {
    await (await fetch(`${url}/chat`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"message":"Hello"}' })).text();
    return await metric('otel_exporter_up', { signal: 'traces' }) === up;
  }, 20_000);
}

async function metric(name: string, labels: Readonly<Record<string, string>>): Promise<number | undefined> {
  return parseExposition(await (await fetch(`${url}/metrics`)).text()).get(seriesKey(name, labels));
}

async function ready(): Promise<{ readonly status: number; readonly telemetry: { readonly status: string; readonly detail: string }; readonly text: string }> {
  const answer = await fetch(`${url}/health/ready`);
  const text = await answer.text();
  return { status: answer.status, telemetry: (JSON.parse(text) as { checks: { telemetry: { status: string; detail: string } } }).checks.telemetry, text };
}

it('before the first export, nothing has failed', async () => {
  expect(await metric('otel_exporter_up', { signal: 'traces' })).toBe(1);
  expect((await ready()).telemetry).toEqual({ status: 'healthy', detail: '0 spans exported, 0 failed, 0 dropped' });
});

it('a collector that dies is seen in the metrics and in readiness, and takes nobody out of service', async () => {
  await collector.refuse();
  await until(0);
  const { status, telemetry, text } = await ready();
  expect({ status, telemetry }).toEqual({ status: 200, telemetry: { status: 'degraded', detail: expect.stringMatching(/^the collector does not take spans, telemetry\.export_failed in the log says why: \d+ spans exported, [1-9]\d* failed, 0 dropped$/) } });
  expect(text).not.toContain('127.0.0.1'); // where it is, is nobody's business
  expect(await metric('otel_spans_exported_total', { result: 'failed' })).toBeGreaterThan(0);
  expect(await metric('health_check_status', { check: 'telemetry' })).toBe(0.5);
});

it('is forgiven when it is back', async () => {
  await collector.accept();
  await until(1);
  expect((await ready()).telemetry.status).toBe('healthy');
});
