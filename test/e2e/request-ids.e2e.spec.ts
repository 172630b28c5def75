import type { RunResult } from '../../src/agent/run-result.js';
import { eventually } from '../support/eventually.js';
import { RunningApplication } from '../support/running-application.js';
import { SpanRecorder } from '../support/span-recorder.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN_ID = '00f067aa0ba902b7';

const spans = new SpanRecorder().install();
let service: RunningApplication;

beforeEach(async () => {
  service = await RunningApplication.start();
});
afterEach(() => service.stop());

it.each(['a', 'A-b_c.d:e', 'f'.repeat(128)])('keeps the correlation id %j of the caller, in the header, the answer and the log', async (id) => {
  const response = await service.chat({ message: 'Hello' }, { 'x-correlation-id': id });
  expect(response.headers.get('x-correlation-id')).toBe(id);
  expect(await response.json()).toMatchObject({ correlation_id: id });
  expect(service.log.of('agent.request_received')).toEqual([expect.objectContaining({ correlation_id: id })]);
});

it('takes X-Request-Id when there is no X-Correlation-Id', async () => {
  expect((await service.chat({ message: 'Hello' }, { 'x-request-id': 'proxy-7' })).headers.get('x-correlation-id')).toBe('proxy-7');
  expect((await service.chat({ message: 'Hello' }, { 'x-request-id': 'proxy-7', 'x-correlation-id': 'mine' })).headers.get('x-correlation-id')).toBe('mine');
});

it.each([{}, { 'x-correlation-id': 'no spaces' }, { 'x-correlation-id': 'f'.repeat(129) }, { 'x-request-id': '<b>' }])('makes a correlation id for %j', async (headers) => {
  const ids = await Promise.all([1, 2].map(async () => (await service.chat({ message: 'Hello' }, headers)).headers.get('x-correlation-id')));
  for (const id of ids) expect(id).toMatch(UUID);
  expect(ids[0]).not.toBe(ids[1]);
});

it('continues the trace of the caller', async () => {
  spans.clear();
  const response = await service.chat({ message: 'Hello' }, { traceparent: `00-${TRACE_ID}-${SPAN_ID}-01` });
  expect(response.headers.get('x-trace-id')).toBe(TRACE_ID);
  expect(await response.json()).toMatchObject({ trace_id: TRACE_ID });
  await eventually(() => spans.spans.some(({ name }) => name === 'POST /chat'));
  expect(spans.named('POST /chat').parentSpanContext).toMatchObject({ traceId: TRACE_ID, spanId: SPAN_ID });
  expect(new Set(spans.spans.map((span) => span.spanContext().traceId))).toEqual(new Set([TRACE_ID]));
});

it.each([
  'garbage', '', `00-${TRACE_ID}`, `00-${TRACE_ID}-${SPAN_ID}`, `00-${'0'.repeat(32)}-${SPAN_ID}-01`, `00-${TRACE_ID}-${'0'.repeat(16)}-01`, `ff-${TRACE_ID}-${SPAN_ID}-01`,
  `00-${TRACE_ID.toUpperCase()}-${SPAN_ID}-01`, `00-${TRACE_ID}-${SPAN_ID}-01-extra`, `00-${'z'.repeat(32)}-${SPAN_ID}-01`, 'x'.repeat(5_000),
])('begins a new trace when traceparent is %j', async (traceparent) => {
  const response = await service.chat({ message: 'Hello' }, { traceparent });
  const { trace_id: id } = await response.json() as RunResult;
  expect(id).toMatch(/^(?!0{32})[0-9a-f]{32}$/);
  expect(id).not.toBe(TRACE_ID);
  expect(response.headers.get('x-trace-id')).toBe(id);
});

it('does not continue the trace of a caller who is not trusted, but links to it', async () => {
  await service.stop();
  service = await RunningApplication.start({ TRACE_TRUST_INCOMING: 'false' });
  spans.clear();
  const response = await service.chat({ message: 'Hello' }, { traceparent: `00-${TRACE_ID}-${SPAN_ID}-01` });
  expect(response.headers.get('x-trace-id')).not.toBe(TRACE_ID);
  await eventually(() => spans.spans.some(({ name }) => name === 'POST /chat'));
  expect(spans.named('POST /chat').links.map(({ context }) => context)).toEqual([expect.objectContaining({ traceId: TRACE_ID, spanId: SPAN_ID })]);
});
