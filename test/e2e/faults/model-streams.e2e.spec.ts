import type { ScriptedStep } from '../../../src/llm/simulator/scripted-step.js';
import { eventually } from '../../support/eventually.js';
import type { FaultRow } from '../../support/faults/fault-row.js';
import { faultTable } from '../../support/faults/fault-table.js';

const retries = (reason: string): string => `agent_retries_total{reason="${reason}"}`;
const failed = (errorType: string): string => `llm_errors_total{error_type="${errorType}"}`;
const RETRIED = ['agent.llm_call_failed', 'llm.retry_scheduled'];
const FAILED = ['agent.llm_call_failed', 'agent.request_failed'];
const GAVE_UP = [...RETRIED, 'agent.request_failed'];
/** Seconds that the model has to begin. `NIGHTLY=1`: as in production; else a thirtieth, enough for one attempt that is given up, and another one. */
const BEGIN = process.env.NIGHTLY === '1' ? 30 : 1;
const SCALED = { LLM_TIMEOUT: String(BEGIN), BREAKER_OPEN: '0.3' };
/** So slow that the text before a break has reached the client when it comes. */
const SLOW: FaultRow['simulator'] = { tokensPerSecond: 100 };
const GREETED = /^Hello! I am the simulated model/;

const STORY = 'Once upon a time there was an otter who counted every fish in the river, and then counted them again.';
const story = [{ type: 'text', text: STORY }] as const;

const mended = (id: string, fault: string, steps: string, reason = 'bad_response'): FaultRow => ({
  id, fault, steps, client: '200 success', requests: 2, metrics: [retries(reason)], events: RETRIED,
  check: (_world, { text }) => expect(text).toMatch(GREETED),
});
const unreadable = (id: string, fault: string, word: string): FaultRow => ({
  id, fault: `${fault}, three times`, steps: `${word}*3`, client: '502 upstream_bad_response', requests: 3, metrics: [failed('bad_response'), retries('bad_response')], events: GAVE_UP,
});
const broken = (id: string, fault: string, step: ScriptedStep, errorType: string, more: Partial<FaultRow> = {}): FaultRow => ({
  id, fault, steps: [step], stream: true, simulator: SLOW, client: 'event error: stream_interrupted (partial), Retry-After', requests: 1,
  metrics: [failed(errorType), 'agent_requests_total{status="error"}'], events: FAILED,
  check: (_world, { text }) => {
    expect(STORY.startsWith(text)).toBe(true);
    expect(text.length).toBeGreaterThan(0);
  },
  ...more,
});

faultTable('The answer breaks off or can not be read', [
  { ...mended('L12a', 'the stream ends before any text', 'cut:fin@2', 'bad_response'), stream: true, client: 'event run.completed: success' },
  mended('L12b', 'the stream ends in the middle, and nobody has seen it: a JSON answer', 'cut:fin@6', 'bad_response'),
  broken('L13a', 'the stream ends after text was sent', { kind: 'cut', how: 'fin', afterEvents: 6, content: story }, 'bad_response', { client: 'event error: stream_interrupted (partial)' }),
  broken('L13b', 'a reset after text was sent', { kind: 'cut', how: 'reset', afterEvents: 6, content: story }, 'connection_error'),
  broken('L13c', 'the stream ends after text was sent; the client takes a restart', { kind: 'cut', how: 'fin', afterEvents: 6, content: story }, 'bad_response', {
    headers: { 'x-stream-restart': '1' }, client: 'event run.completed: success', requests: 2, metrics: ['agent_stream_restarts_total'], events: RETRIED,
    check: (_world, { events, text }) => {
      expect(events.filter(({ event }) => event === 'restart')).toEqual([{ event: 'restart', data: { attempt: 2 } }]);
      expect(text).toMatch(GREETED);
    },
  }),
  { ...mended('L14a', 'an error event before any text', 'error_event@2', 'overloaded'), stream: true, client: 'event run.completed: success' },
  broken('L14b', 'an error event after text was sent', { kind: 'error_event', afterEvents: 6, content: story }, 'overloaded_error'),
  unreadable('L15a', 'JSON that is cut off', 'bad_json_body'),
  unreadable('L15b', 'an empty body', 'empty'),
  unreadable('L15c', '200 with an HTML page', 'html200'),
  unreadable('L15d', 'a message whose content is null', 'null_content'),
  unreadable('L15e', 'JSON of an unknown shape', 'unknown_shape'),
  ...(['bad_json', 'out_of_order', 'dup_start', 'no_events', 'no_stop', 'no_message_delta'] as const).flatMap((word, index) => [
    mended(`L16${'abcdef'.charAt(index)}`, `a malformed stream: ${word.replaceAll('_', ' ')}, once`, word),
    unreadable(`L16${'ghijkl'.charAt(index)}`, `a malformed stream: ${word.replaceAll('_', ' ')}`, word),
  ]),
  ...(['crlf', 'split_utf8', 'unknown_event', 'ping', 'thinking', 'unknown_block'] as const).map((word, index): FaultRow => ({
    id: `L17${'abcdef'.charAt(index)}`, fault: `a legal oddity: ${word.replaceAll('_', ' ')}`, steps: word, client: '200 success', requests: 1,
    metrics: ['agent_requests_total{status="success"}'],
    check: (_world, { text }) => expect(text).toMatch(word === 'split_utf8' ? /^Grüße aus 東京 🌍: characters of two, three and four bytes\.$/ : /^[A-Z][^\ufffd]+\.$/),
  })),
  mended('L17g', 'one event of 8 MB: refused', 'huge_event'),
]);

const silent = (id: string, fault: string, word: string, limitSeconds: number): FaultRow => ({
  id, fault, steps: `${word}*3`, environment: SCALED, client: '504 upstream_timeout', metrics: [failed('timeout'), 'agent_timeouts_total{operation="llm"}'],
  events: GAVE_UP,
  check: async ({ service }, { milliseconds }) => {
    expect(milliseconds).toBeGreaterThan(limitSeconds * BEGIN * 1_000);
    expect(milliseconds).toBeLessThan(BEGIN * 3_000 + 5_000); // the time of a call, and what a slow machine adds
    const asked = service.simulator.requests.slice(1); // the first was about the greeting
    await eventually(() => asked.every(({ closedAt }) => closedAt !== undefined));
    expect(asked.every(({ clientClosed }) => clientClosed)).toBe(true);
  },
});

faultTable('The model API is silent or slow', [
  silent('L18', 'it never answers', 'hang', 1),
  silent('L19a', 'it answers with headers and nothing more', 'hang:after_headers', 0.6),
  silent('L19b', 'it stops in the middle of a stream', 'cut:hang@2', 0.6),
  silent('L20a', 'it only pings', 'ping_forever:0.05', 0.6),
  { ...silent('L20b', 'a byte now and then: ended by the time of the call', 'drip:0.1', 2.9), events: FAILED, metrics: ['agent_requests_total{status="error"}', 'agent_errors_total{error_type="timeout"}'] },
  {
    id: 'L21', fault: 'slow, but within its time', steps: BEGIN === 30 ? 'slow:25' : 'slow:1.2', environment: { LLM_TIMEOUT: BEGIN === 30 ? '30' : '3' }, client: '200 success', requests: 1,
    metrics: ['agent_requests_total{status="success"}'],
  },
]);
