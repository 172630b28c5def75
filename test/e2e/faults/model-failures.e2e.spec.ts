import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ScriptedStep } from '../../../src/llm/simulator/scripted-step.js';
import { Simulator } from '../../../src/llm/simulator/simulator.js';
import { answerOf, type Answer } from '../../support/faults/answer.js';
import type { FaultRow, World } from '../../support/faults/fault-row.js';
import { faultTable } from '../../support/faults/fault-table.js';
import { RunningApplication } from '../../support/running-application.js';

const MODEL = 'claude-sonnet-5-5';
const LLM = `llm:${MODEL}`;
const retries = (reason: string): string => `agent_retries_total{reason="${reason}"}`;
const denied = (why: string): string => `agent_retries_denied_total{why="${why}"}`;
const failed = (errorType: string): string => `llm_errors_total{error_type="${errorType}"}`;
const FAILED = ['agent.llm_call_failed', 'agent.request_failed'];
const RETRIED = ['agent.llm_call_failed', 'llm.retry_scheduled'];
const GAVE_UP = [...RETRIED, 'agent.request_failed'];
const QUICK = { BREAKER_OPEN: '0.3' };

const limitedUntil = (seconds: number): ScriptedStep => ({
  kind: 'error', status: 429, type: 'rate_limit_error', headers: { 'retry-after': new Date(Date.now() + seconds * 1_000).toUTCString() },
});

/** Milliseconds between the last two requests that the model API got. */
function lastGap({ service }: World): number {
  const [earlier, later] = service.simulator.requests.slice(-2);
  return Number(later?.receivedAt) - Number(earlier?.receivedAt);
}

/** The address of a model server that fails in its own way before any HTTP, asked in an application of its own. */
const unreachable = async (baseUrl: string): Promise<Answer> => {
  const service = await RunningApplication.start({ ANTHROPIC_BASE_URL: baseUrl, ...QUICK });
  try {
    return await answerOf(() => service.chat({ message: 'Hello' }));
  } finally {
    await service.stop();
  }
};

const recovered = (id: string, fault: string, steps: string, reason: string, requests = 2): FaultRow => ({
  id, fault, steps, client: '200 success', requests, metrics: [retries(reason)], events: RETRIED,
});
const refused = ([id, fault]: readonly [string, string], steps: string, client: string, errorType: string, more: Partial<FaultRow> = {}): FaultRow => ({
  id, fault, steps, client, requests: 1, metrics: [failed(errorType), 'agent_requests_total{status="error"}'], events: FAILED, ...more,
});

faultTable('The model API answers with an error', [
  {
    ...recovered('L1', '429 with Retry-After 2: kept', '429:2', 'rate_limit'), realWaits: true,
    check: (world) => {
      expect(lastGap(world)).toBeGreaterThanOrEqual(2_000);
      expect(lastGap(world)).toBeLessThan(4_000); // 2.6 s on a quiet machine
    },
  },
  {
    id: 'L2a', fault: '429 with Retry-After 3600: told at once, capped', steps: '429:3600', client: '503 upstream_rate_limited, Retry-After', requests: 1,
    environment: { BREAKER_OPEN: '0.3' },
    metrics: [failed('rate_limit_error'), denied('retry_after')], events: FAILED,
    check: ({ service }, { body, milliseconds }) => {
      expect(body.retry_after_seconds).toBe(60);
      expect(milliseconds).toBeLessThan(2_000); // 0.3 s on a quiet machine
      endCooldown(service);
    },
  },
  {
    id: 'L2b', fault: '429 with a date in Retry-After: kept', client: '200 success', requests: 2, realWaits: true,
    metrics: [retries('rate_limit')], events: RETRIED, check: (world) => expect(lastGap(world)).toBeGreaterThan(800),
    act: ({ service, ask }) => {
      service.simulator.enqueue(limitedUntil(3));
      return ask();
    },
  },
  ...(['-5', 'abc', '1e12'] as const).map((value, index): FaultRow => ({
    ...recovered(`L2${'cde'.charAt(index)}`, `429 with Retry-After ${value}: ignored, backoff`, `429:${value}`, 'rate_limit'), realWaits: true,
    check: (world) => expect(lastGap(world)).toBeGreaterThanOrEqual(50),
  })),
  recovered('L3a', '529 twice', '529*2', 'overloaded', 3),
  recovered('L3b', '500 twice', '500*2', 'server_error', 3),
  recovered('L3c', '503', '503', 'server_error'),
  recovered('L3d', '504', '504', 'timeout'),
  recovered('L3e', '408', '408', 'timeout'),
  recovered('L3f', '409', '409', 'server_error'),
  recovered('L3g', '502 with an HTML page', 'html502', 'server_error'),
  {
    id: 'L4', fault: '529 for ever: three attempts, and after five failures the breaker opens', steps: '529*5', environment: QUICK,
    act: async ({ ask }) => {
      expect(await ask()).toMatchObject({ status: 503, body: { code: 'upstream_overloaded' } });
      return ask();
    },
    client: '503 circuit_open, Retry-After', requests: 5,
    metrics: [failed('overloaded_error'), `circuit_breaker_trips_total{name="${LLM}"}`, `circuit_breaker_rejections_total{name="${LLM}"}`],
    events: [...GAVE_UP, 'circuit_breaker.state_changed'],
  },
  refused(['L7a', '400: a bug of ours; the conversation is set aside'], '400', '500 llm_bad_request', 'invalid_request_error', {
    metrics: [failed('invalid_request_error'), 'history_quarantined_total'], events: [...FAILED, 'agent.history_quarantined'],
    check: ({ service }) => {
      const folder = join(service.folder, 'data/quarantine');
      const [file = ''] = readdirSync(folder);
      expect(JSON.parse(readFileSync(join(folder, file), 'utf8'))).toMatchObject({ question: 'Hello', history: [{ role: 'user' }, { role: 'assistant' }] });
    },
  }),
  ...[['b', '401', 'authentication_error'], ['c', '402', 'billing_error'], ['d', '403', 'permission_error']].map(([letter, status = '', type = '']): FaultRow => (
    refused([`L7${letter}`, `${status}: readiness is degraded`], status, '503 llm_auth', type, {
      check: async ({ service }) => {
        const ready = await fetch(`${service.url}/health/ready`);
        expect([ready.status, await ready.json()]).toMatchObject([200, { status: 'degraded', checks: { model: { status: 'degraded' } } }]);
        expect(service.log.text.join('')).not.toContain('test-key');
      },
    }))),
  refused(['L7e', '404: no such model'], '404', '503 llm_model_not_found', 'not_found_error'),
  refused(['L7f', '413'], '413', '413 llm_request_too_large', 'request_too_large'),
  refused(['L8a', '500 with x-should-retry: false'], '500:noretry', '503 upstream_unavailable', 'api_error'),
  {
    id: 'L8b', fault: '400 with x-should-retry: true, for ever', steps: '400:retry*3', client: '500 llm_bad_request', requests: 3,
    metrics: [retries('server_error'), denied('attempts')], events: [...GAVE_UP, 'agent.history_quarantined'],
  },
  recovered('L8c', '400 with x-should-retry: true, once', '400:retry', 'server_error'),
]);

/** As if the minute that the model API asked for had passed. */
function endCooldown(service: RunningApplication): void {
  service.passTime(61_000);
}

faultTable('The model API can not be reached', [
  {
    id: 'L9a', fault: 'it is down, and comes back', environment: QUICK,
    act: async ({ service, ask }) => {
      const port = Number(new URL(service.simulator.url).port);
      await service.simulator.close();
      const answer = await ask();
      const back = await Simulator.start({ port });
      backAgain.push(back);
      return answer;
    },
    client: '503 upstream_unavailable, Retry-After', metrics: [failed('connection_error'), retries('connection')], events: GAVE_UP,
  },
  { id: 'L9b', fault: 'its name does not resolve', act: () => unreachable('http://no-such-host.invalid'), client: '503 upstream_unavailable, Retry-After', metrics: [] },
  { id: 'L9c', fault: 'it speaks no TLS', act: ({ service }) => unreachable(service.simulator.url.replace('http', 'https')), client: '503 upstream_unavailable, Retry-After', metrics: [] },
  recovered('L10', 'a reset before the headers', 'reset', 'connection'),
  recovered('L11a', 'a reset after the headers', 'reset:after_headers', 'connection'),
  recovered('L11b', 'a reset in the middle of the body', 'reset:mid_body', 'connection'),
]);

const backAgain: Simulator[] = [];
afterAll(() => Promise.all(backAgain.map((simulator) => simulator.close())));
