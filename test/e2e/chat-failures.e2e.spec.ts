import type { RunResult } from '../../src/agent/run-result.js';
import type { Problem } from '../../src/http/problem.js';
import type { ScriptedStep } from '../../src/llm/simulator/scripted-step.js';
import { eventually } from '../support/eventually.js';
import { RunningApplication } from '../support/running-application.js';

const KEY = 'sk-ant-test-0123456789abcdef';

let service: RunningApplication;

beforeEach(async () => {
  service = await RunningApplication.start({ ANTHROPIC_API_KEY: KEY, LLM_ATTEMPTS: '1' }); // What one failure says. Retries: test/e2e/faults.
});
afterEach(async () => {
  await service.stop();
  expect(service.simulator.violations).toEqual([]);
});

async function ask(message: string, conversationId?: string): Promise<RunResult> {
  const response = await service.chat({ message, ...(conversationId !== undefined && { conversation_id: conversationId }) });
  const body = await response.json() as RunResult;
  expect({ status: response.status, body }).toMatchObject({ status: 200 });
  return body;
}

interface Answered {
  readonly status: number;
  readonly code: string;
  readonly retryable: boolean;
  /** What the header says, in seconds. */
  readonly retryAfter: number | undefined;
}

/** Asks, expects a problem that shows nothing of the inside, and sums it up. */
async function problem(): Promise<Answered> {
  const response = await service.chat({ message: 'Hello' }, { 'x-correlation-id': 'abc-1' });
  const text = await response.text();
  expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  expect(text).not.toMatch(/sk-ant|127\.0\.0\.1|simulated|node_modules|\n\s+at /i);
  const { status, code, retryable, ...rest } = JSON.parse(text) as Problem;
  expect(rest).toMatchObject({ type: `urn:task-agent:problem:${code}`, title: code.replaceAll('_', ' '), detail: expect.stringMatching(/.{10}/), correlation_id: 'abc-1' });
  expect(response.status).toBe(status);
  const header = response.headers.get('retry-after');
  expect(rest.retry_after_seconds).toBe(header === null ? undefined : Number(header));
  return { status, code, retryable, retryAfter: rest.retry_after_seconds };
}

const error = (status: number, type: string, headers: Readonly<Record<string, string>> = {}): ScriptedStep => ({ kind: 'error', status, type, headers, message: `simulated ${KEY}` });
const BLANK: ScriptedStep = { kind: 'reply', content: [{ type: 'text', text: ' \n ' }] };
const once = (code: string, status: number): Answered => ({ status, code, retryable: false, retryAfter: undefined });
const again = (code: string, status: number, retryAfter?: number): Answered => ({ status, code, retryable: true, retryAfter });

describe('when the model API fails, the client learns whether and when to try again:', () => {
  it.each<readonly [string, ScriptedStep | ScriptedStep[], Answered]>([
    ['400', error(400, 'invalid_request_error'), once('llm_bad_request', 500)],
    ['401', error(401, 'authentication_error'), once('llm_auth', 503)],
    ['402', error(402, 'billing_error'), once('llm_auth', 503)],
    ['403', error(403, 'permission_error'), once('llm_auth', 503)],
    ['404', error(404, 'not_found_error'), once('llm_model_not_found', 503)],
    ['413', error(413, 'request_too_large'), once('llm_request_too_large', 413)],
    ['429', error(429, 'rate_limit_error'), again('upstream_rate_limited', 503, 5)],
    ['429 for 7 seconds', error(429, 'rate_limit_error', { 'retry-after': '7' }), again('upstream_rate_limited', 503, 7)],
    ['429 for an hour', error(429, 'rate_limit_error', { 'retry-after': '3600' }), again('upstream_rate_limited', 503, 60)],
    ['429 until nonsense', error(429, 'rate_limit_error', { 'retry-after': 'soon' }), again('upstream_rate_limited', 503, 5)],
    ['500', error(500, 'api_error'), again('upstream_unavailable', 503, 5)],
    ['503', error(503, 'api_error'), again('upstream_unavailable', 503, 5)],
    ['504', error(504, 'timeout_error'), again('upstream_timeout', 504)],
    ['529', error(529, 'overloaded_error'), again('upstream_overloaded', 503, 5)],
    ['a status nobody knows', error(599, 'odd_error'), again('upstream_unavailable', 503, 5)],
    ['a reset', { kind: 'reset' }, again('upstream_unavailable', 503, 5)],
    ['an answer cut in the middle', { kind: 'cut', afterEvents: 0 }, again('upstream_unavailable', 503, 5)],
    ['two empty answers', [{ kind: 'reply', content: [] }, { kind: 'reply', content: [] }], again('llm_empty_reply', 502)],
    ['two blank answers', [BLANK, BLANK], again('llm_empty_reply', 502)],
  ])('%s', async (_what, steps, expected) => {
    service.simulator.enqueue(...[steps].flat());
    expect(await problem()).toEqual(expected);
    expect(await service.metric('agent_requests_total', { status: 'error', user_id: 'unknown' })).toBe(1);
    expect(service.log.of('agent.request_failed')).toEqual([expect.objectContaining({ level: 'error', correlation_id: 'abc-1' })]);
    expect(service.log.text.join('')).not.toContain(KEY);
  });

  it('a model that says nothing, when the request runs out of time', async () => {
    await service.stop();
    service = await RunningApplication.start({ ANTHROPIC_API_KEY: KEY, TOTAL_TIMEOUT: '0.3' });
    service.simulator.enqueue({ kind: 'hang' });
    expect(await problem()).toEqual(again('deadline_exceeded', 504));
    await eventually(() => service.simulator.requests.at(-1)?.clientClosed === true);
    expect(await service.metric('agent_timeouts_total', { operation: 'request' })).toBe(1);
  });

  it('a server that is not there', async () => {
    await service.simulator.close();
    expect(await problem()).toEqual(again('upstream_unavailable', 503, 5));
  });
});

it('one failure closes nothing: the next question is answered', async () => {
  service.simulator.enqueue(error(529, 'overloaded_error'));
  await problem();
  expect(await ask('What is 2 + 3?')).toMatchObject({ outcome: 'success', reply: '2 + 3 equals 5.' });
});

it('a model API that keeps failing is left alone, and the client learns for how long', async () => {
  service.simulator.enqueue(...Array.from({ length: 5 }, () => error(500, 'api_error')));
  for (let failure = 1; failure <= 5; failure++) expect(await problem()).toMatchObject({ code: 'upstream_unavailable' });
  const calls = service.simulator.requestCount;
  const { retryAfter, ...refusal } = await problem();
  expect(refusal).toEqual({ status: 503, code: 'circuit_open', retryable: true });
  expect(retryAfter).toBeGreaterThan(50);
  expect(retryAfter).toBeLessThanOrEqual(66);
  expect(service.simulator.requestCount).toBe(calls);
  expect(await service.metric('circuit_breaker_state', { name: 'llm:claude-sonnet-5-5', state: 'open' })).toBe(1);
});

it('a rate limit is kept: nobody is sent to the model API while it wants to be left alone', async () => {
  service.simulator.enqueue(error(429, 'rate_limit_error', { 'retry-after': '30' }));
  expect(await problem()).toEqual(again('upstream_rate_limited', 503, 30));
  const { retryAfter, ...refusal } = await problem();
  expect(refusal).toEqual({ status: 503, code: 'circuit_open', retryable: true });
  expect(retryAfter).toBeLessThanOrEqual(30);
  expect(service.simulator.requestCount).toBe(1);
});

describe('an ending short of an answer is never a success:', () => {
  it('a refusal', async () => {
    service.simulator.enqueue({ kind: 'reply', content: [], stopReason: 'refusal' });
    expect(await ask('Do evil')).toMatchObject({ outcome: 'error', error_type: 'refusal', stop_reason: 'refusal', reply: 'The model declined to answer this request.' });
    expect(await service.metric('agent_requests_total', { status: 'error', user_id: 'unknown' })).toBe(1);
  });

  it('a reply cut by max_tokens', async () => {
    service.simulator.enqueue({ kind: 'reply', content: [{ type: 'text', text: 'Once upon a' }], stopReason: 'max_tokens' });
    expect(await ask('Tell me a story')).toMatchObject({ outcome: 'error', error_type: 'truncated', stop_reason: 'max_tokens', reply: 'Once upon a' });
  });

  it('a tool call cut by max_tokens twice, which is not run although it looks whole', async () => {
    const { conversation_id: id } = await ask('Hello');
    const cut: ScriptedStep = {
      kind: 'reply', stopReason: 'max_tokens', content: [{ type: 'text', text: 'Let me see.' }, { type: 'tool_use', name: 'save_note', input: { filename: 'half', content: 'hal' } }],
    };
    service.simulator.enqueue(cut, cut);
    expect(await ask('Save it', id)).toMatchObject({ error_type: 'truncated', reply: 'Let me see.', tool_calls: [] });
    await ask('Hello again', id);
    expect(JSON.stringify(service.simulator.requests.at(-1)?.body)).not.toContain('"type":"tool_use"');
  });

  it.each(['model_context_window_exceeded', 'a_reason_of_tomorrow'])('%s', async (stopReason) => {
    service.simulator.enqueue({ kind: 'reply', content: [{ type: 'text', text: 'Well' }], stopReason });
    expect(await ask('Hello')).toMatchObject({ outcome: 'error', error_type: 'truncated', reply: 'Well' });
  });
});
