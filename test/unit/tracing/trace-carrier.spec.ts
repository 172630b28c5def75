import { trace } from '@opentelemetry/api';
import { Settings } from '../../../src/settings/settings.js';
import { callerLinks, TraceCarrier } from '../../../src/tracing/trace-carrier.js';
import { SpanRecorder } from '../../support/span-recorder.js';

const spans = new SpanRecorder().install();
beforeEach(() => spans.clear());

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = `00-${TRACE}-b7ad6b7169203331-01`;

/** The span that a request with these headers begins. */
function spanFor(headers: Readonly<Record<string, string | string[] | undefined>>, trust = 'true') {
  const carrier = new TraceCarrier(Settings.from({ TRACE_TRUST_INCOMING: trust }).tracing);
  carrier.continue(headers, () => trace.getTracer('test').startSpan('request', { links: callerLinks() }).end());
  return spans.named('request');
}

it('continues the trace of the caller', () => {
  const span = spanFor({ traceparent: PARENT });
  expect(span.spanContext().traceId).toBe(TRACE);
  expect(span.parentSpanContext).toMatchObject({ spanId: 'b7ad6b7169203331', isRemote: true });
  expect(span.links).toEqual([]);
});

it('begins its own trace, with a link, where callers are not trusted: nobody may force us to sample', () => {
  const span = spanFor({ traceparent: PARENT }, 'false');
  expect(span.spanContext().traceId).not.toBe(TRACE);
  expect(span.parentSpanContext).toBeUndefined();
  expect(span.links).toEqual([expect.objectContaining({ context: expect.objectContaining({ traceId: TRACE, spanId: 'b7ad6b7169203331' }) })]);
});

it('begins its own trace when the caller has none', () => {
  expect(spanFor({}).parentSpanContext).toBeUndefined();
});

describe.each(['true', 'false'])('with TRACE_TRUST_INCOMING=%s', (trust) => {
  it.each([
    '', 'garbage', PARENT.toUpperCase(), PARENT.replace('00-', 'ff-'), `00-${'0'.repeat(32)}-b7ad6b7169203331-01`, `00-${TRACE}-${'0'.repeat(16)}-01`,
    `00-${TRACE}-b7ad6b7169203331`, `00-${TRACE.slice(1)}-b7ad6b7169203331-01`, `${PARENT}-extra`, ` ${PARENT.slice(0, 40)}`, '\u0000', 'x'.repeat(10_000), PARENT.replaceAll('-', '_'),
  ])('a traceparent that is none (%j) begins a new trace without a link', (traceparent) => {
    const span = spanFor({ traceparent }, trust);
    expect(span.spanContext().traceId).not.toBe(TRACE);
    expect(span.spanContext().traceId).toMatch(/^(?!0{32})[0-9a-f]{32}$/);
    expect([span.parentSpanContext, span.links]).toEqual([undefined, []]);
  });

  it('a tracestate that is none is harmless', () => {
    const span = spanFor({ traceparent: PARENT, tracestate: '=,=,,\u0000,'.repeat(1_000) }, trust);
    expect(span.links.length + (span.parentSpanContext ? 1 : 0)).toBe(1);
  });
});

it('gives back what the work gives, and throws what it throws', () => {
  const carrier = new TraceCarrier(Settings.from({}).tracing);
  expect(carrier.continue({ traceparent: PARENT }, () => 7)).toBe(7);
  expect(() => carrier.continue({ traceparent: PARENT }, () => { throw new RangeError('x'); })).toThrow(RangeError);
});

it('links only the first span of the request', () => {
  const carrier = new TraceCarrier(Settings.from({ TRACE_TRUST_INCOMING: 'false' }).tracing);
  carrier.continue({ traceparent: PARENT }, () => trace.getTracer('test').startActiveSpan('first', { links: callerLinks() }, (first) => {
    trace.getTracer('test').startSpan('second', { links: callerLinks() }).end();
    first.end();
  }));
  expect([spans.named('first').links.length, spans.named('second').links.length]).toEqual([1, 0]);
});
