import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { expose } from '../../../src/metrics/exposition.js';
import { parseExposition } from '../../support/exposition.js';

const OPEN = 'application/openmetrics-text; version=1.0.0; charset=utf-8';
/** What Prometheus itself sends. */
const PROMETHEUS = 'application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2';
const TRACE = '0af7651916cd43dd8448eb211c80319c';

function registryWithEverything(): Registry {
  const registry = new Registry();
  (registry as unknown as Registry<typeof Registry.OPENMETRICS_CONTENT_TYPE>).setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  const registers = [registry];
  new Counter({ name: 'requests_total', help: 'Requests.', labelNames: ['status'], registers }).inc({ status: 'success' }, 3);
  new Gauge({ name: 'active', help: 'Active.', registers }).set(2);
  const duration = new Histogram({ name: 'duration_seconds', help: 'Time.', buckets: [1, 5], enableExemplars: true, registers });
  duration.observe({ value: 0.5, exemplarLabels: { trace_id: TRACE } } as never);
  return registry;
}

it.each([['', 'text/plain'], ['*/*', 'text/plain'], ['text/plain', 'text/plain'], [OPEN, 'application/openmetrics-text'], [PROMETHEUS, 'application/openmetrics-text']])(
  'answers %j with %s', async (accept, type) => {
    expect((await expose(registryWithEverything(), accept)).contentType).toContain(type);
  },
);

it('gives the same numbers in both formats, however often they take turns', async () => {
  const registry = registryWithEverything();
  for (const accept of ['text/plain', OPEN, 'text/plain', OPEN, OPEN, 'text/plain', 'text/plain']) {
    const { body } = await expose(registry, accept);
    const series = parseExposition(body.replace(/ # \{.*$/gm, ''));
    expect(series.get('requests_total{status="success"}')).toBe(3);
    expect(series.get('active')).toBe(2);
    expect(series.get('duration_seconds_bucket{le="1"}')).toBe(1);
    expect(series.get('duration_seconds_count')).toBe(1);
    expect(body.includes(TRACE)).toBe(accept === OPEN);
    expect(body.trimEnd().endsWith('# EOF')).toBe(accept === OPEN);
  }
});

it('declares a counter as the format wants it: with _total in text, without it in OpenMetrics', async () => {
  const registry = registryWithEverything();
  expect((await expose(registry, OPEN)).body).toContain('# TYPE requests counter\n');
  expect((await expose(registry, '')).body).toContain('# TYPE requests_total counter\n');
});

it('gives whole answers to scrapers that come at the same time with different wishes', async () => {
  const registry = registryWithEverything();
  collectDefaultMetrics({ register: registry });
  const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => expose(registry, index % 2 === 0 ? OPEN : 'text/plain')));
  for (const [index, { body, contentType }] of answers.entries()) {
    expect(contentType).toContain(index % 2 === 0 ? 'openmetrics' : 'text/plain');
    expect(body).toContain('requests_total{status="success"} 3');
    expect(body).toContain('# TYPE process_cpu_user_seconds');
    expect(body.includes('# EOF')).toBe(index % 2 === 0);
  }
});

it('says nothing of an empty registry and does not fail', async () => {
  expect((await expose(new Registry(), '')).body.trim()).toBe('');
});
