import { problemOn, resultOn, viewOf } from '../../../../src/http/runs/run-view.js';
import type { RunRecord } from '../../../../src/store/run-record.js';

const AT = Date.UTC(2026, 0, 1);
const QUEUED: RunRecord = {
  id: 'run_1', conversationId: 'conv_1', correlationId: 'corr_1', channel: 'http', userId: 'u', message: 'Hi', detached: true, priority: 3,
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', status: 'queued', fence: 0, attempts: 0, cancelRequested: false, createdAt: AT,
};
const failure = { code: 'model_overloaded', errorType: 'overloaded_error', publicMessage: 'Too busy.', retryable: true, retryAfterSeconds: 7 } as const;

it('a run that waits has no beginning, no end and no answer', () => {
  expect(viewOf(QUEUED)).toEqual({
    run_id: 'run_1', conversation_id: 'conv_1', correlation_id: 'corr_1', status: 'queued', outcome: null, error_type: null, message: 'Hi', priority: 3, attempts: 0, cancel_requested: false,
    created_at: '2026-01-01T00:00:00.000Z', started_at: null, ended_at: null, result: null, error: null,
  });
});

it('a run that has ended shows its answer as it was given', () => {
  const result = { reply: 'Hi', degraded: [] };
  const run: RunRecord = { ...QUEUED, status: 'ended', outcome: 'success', result, attempts: 2, startedAt: AT + 1_000, endedAt: AT + 2_500 };
  expect(viewOf(run)).toMatchObject({ status: 'ended', outcome: 'success', attempts: 2, started_at: '2026-01-01T00:00:01.000Z', ended_at: '2026-01-01T00:00:02.500Z', error: null });
  expect(viewOf(run).result).toBe(result);
  expect(resultOn(run)).toBe(result);
});

it('a run without an answer says why, as it was told to whoever asked', () => {
  const run: RunRecord = { ...QUEUED, status: 'ended', outcome: 'error', errorType: 'overloaded_error', failure };
  const problem = { type: 'urn:task-agent:problem:model_overloaded', title: 'model overloaded', status: 503, detail: 'Too busy.', code: 'model_overloaded', correlation_id: 'corr_1', retryable: true, retry_after_seconds: 7 };
  expect(viewOf(run)).toMatchObject({ outcome: 'error', error_type: 'overloaded_error', result: null, error: problem });
  expect(problemOn(run)).toEqual(problem);
});

it('a run that began at the first moment of time has begun', () => {
  expect(viewOf({ ...QUEUED, startedAt: 0 }).started_at).toBe('1970-01-01T00:00:00.000Z');
});

it('nobody is shown who holds a run, or the trace of who asked', () => {
  expect(Object.keys(viewOf(QUEUED)).filter((name) => /fence|trace|user|detached|channel/.test(name))).toEqual([]);
});
