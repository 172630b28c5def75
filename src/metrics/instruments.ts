import { BACKGROUND_JOBS } from '../kernel/facts.js';
import { ERROR_TYPES } from '../kernel/failure.js';
import { STOP_REASONS } from '../kernel/transcript.js';

/** A label is a closed list of values, or a set that grows up to a bound. Anything else would be unbounded cardinality. */
export type LabelSpec = readonly string[] | { readonly atMost: number; /** `unknown` is a value from the start. */ readonly unknown?: true };

export interface Instrument {
  readonly type: 'counter' | 'histogram' | 'gauge';
  readonly help: string;
  readonly labels?: Readonly<Record<string, LabelSpec>>;
  /** Upper bounds, in the unit the name ends in. */
  readonly buckets?: readonly number[];
  /** Every combination of closed labels exists from the first scrape. False only where most combinations can never occur. */
  readonly zero?: false;
}

const USERS = { atMost: 50, unknown: true } as const;
const MODELS = { atMost: 20 };
const TOOLS = { atMost: 40, unknown: true } as const;
const NAMES = { atMost: 60 };
const REQUEST_STATUS = ['success', 'error', 'cancelled', 'rejected'] as const;
const LLM_STATUS = ['success', 'error', 'cancelled'] as const;
const TOOL_STATUS = ['success', 'error', 'circuit_open', 'timeout', 'degraded'] as const;
const BREAKER_STATES = ['closed', 'open', 'half_open'] as const;
const LIMIT_KINDS = ['requests', 'input_tokens', 'output_tokens'] as const;
const RETRY_REASONS = ['rate_limit', 'overloaded', 'timeout', 'connection', 'server_error', 'bad_response'] as const;
const PER_REQUEST = [1, 2, 3, 5, 8, 10, 15, 20];

/** Every metric of the service. Names, labels and buckets are a contract with dashboards and alerts. */
export const INSTRUMENTS: Readonly<Record<string, Instrument>> = {
  agent_requests_total: { type: 'counter', help: 'Requests to the agent.', labels: { status: REQUEST_STATUS, user_id: USERS } },
  agent_errors_total: { type: 'counter', help: 'Requests that failed, by reason.', labels: { error_type: ERROR_TYPES, user_id: USERS } },
  agent_request_duration_seconds: {
    type: 'histogram', help: 'Time of one request to the agent, in seconds. Source of the SLIs.', labels: { status: REQUEST_STATUS },
    buckets: [0.1, 0.5, 1, 2, 5, 10, 30, 60, 120],
  },
  agent_requests_active: { type: 'gauge', help: 'Requests the agent is working on now.' },
  agent_requests_rejected_total: {
    type: 'counter', help: 'Requests refused before the agent began.',
    labels: { reason: ['rate_limit', 'budget', 'queue_full', 'validation', 'auth', 'injection', 'draining', 'conversation_busy', 'not_found', 'load_shed', 'idempotency'] },
  },
  agent_timeouts_total: { type: 'counter', help: 'Work that ran out of time.', labels: { operation: ['request', 'llm', 'tool'] } },
  agent_requests_limit: { type: 'gauge', help: 'Requests to the agent that may run at once.' },
  agent_queue_depth: { type: 'gauge', help: 'Requests that wait for one of those to end.' },
  agent_queue_wait_seconds: {
    type: 'histogram', help: 'Time that a request waited for its turn, in seconds.', buckets: [0.001, 0.01, 0.05, 0.1, 0.5, 1, 2, 5, 10, 30],
  },
  agent_load_shedding: { type: 'gauge', help: '1 while new requests are refused because the process is overloaded.' },
  agent_load_shed_total: { type: 'counter', help: 'Requests refused because the process was overloaded.', labels: { cause: ['event_loop', 'heap'] } },
  agent_retries_total: { type: 'counter', help: 'Attempts that were made again.', labels: { operation: ['llm'], reason: RETRY_REASONS } },
  agent_retries_denied_total: {
    type: 'counter', help: 'Attempts that failed in a way that passes, and were not made again.',
    labels: { operation: ['llm'], why: ['attempts', 'budget', 'deadline', 'retry_after'] },
  },
  agent_stream_restarts_total: { type: 'counter', help: 'Answers begun anew after a part of them had been shown.' },
  agent_fallbacks_total: { type: 'counter', help: 'Model calls that another model answered.', labels: { from_model: MODELS, to_model: MODELS }, zero: false },
  agent_degraded: { type: 'gauge', help: '1 while a tool or model is not to be relied on: its breaker is not closed.', labels: { component: NAMES } },
  agent_degraded_total: { type: 'counter', help: 'Answers given without something they could have used.', labels: { component: NAMES } },
  agent_runaway_total: { type: 'counter', help: 'Requests stopped because the model repeated itself without progress.' },
  history_repaired_total: { type: 'counter', help: 'Conversations that were not valid when they were loaded, and were mended.' },
  history_trimmed_total: { type: 'counter', help: 'Requests whose conversation was too long for the model, and was shortened.' },
  history_quarantined_total: { type: 'counter', help: 'Conversations kept apart because the model API refused them.' },
  llm_replies_discarded_total: { type: 'counter', help: 'Replies that were no use and were asked for again.', labels: { why: ['empty', 'cut_tool_call'] } },
  agent_iterations: { type: 'histogram', help: 'Model calls per request.', buckets: PER_REQUEST },
  agent_tool_calls_per_request: { type: 'histogram', help: 'Tool calls per request.', buckets: PER_REQUEST },
  agent_max_iterations_total: { type: 'counter', help: 'Requests that used up their iterations.' },
  agent_sessions_active: { type: 'gauge', help: 'Conversations that are kept.' },
  agent_runs: { type: 'gauge', help: 'Runs on record that have not ended, of all processes that share the store.', labels: { state: ['queued', 'running'] } },
  agent_oldest_run_seconds: {
    type: 'gauge', help: 'Age of the oldest run in this state, of all processes that share the store: since it was put on record, or began. 0 when there is none.',
    labels: { state: ['queued', 'running'] },
  },
  agent_runs_queued_total: { type: 'counter', help: 'Runs put on record for a worker.' },
  agent_runs_resumed_total: { type: 'counter', help: 'Runs that went on from what was on record of them.' },
  agent_runs_recovered_total: { type: 'counter', help: 'Runs whose process was gone, and that went back to the queue.' },
  agent_runs_closed_total: { type: 'counter', help: 'Runs whose process was gone, and that were ended without an answer.', labels: { error_type: ['interrupted', 'attempts_exhausted', 'aborted'] } },
  agent_runs_handed_back_total: { type: 'counter', help: 'Runs that this process gave back to the queue because it ended.' },
  agent_leases_lost_total: { type: 'counter', help: 'Runs that another process took over while this one worked on them.' },
  queue_errors_total: { type: 'counter', help: 'Times the queue on Postgres failed in the background.' },
  store_up: { type: 'gauge', help: '1 while the store can be used.' },
  store_log_bytes: { type: 'gauge', help: 'Size of the event logs on record, in bytes.' },
  store_pruned_total: { type: 'counter', help: 'What retention deleted.', labels: { kind: ['conversations', 'run_logs', 'idempotency_keys'] } },
  llm_requests_total: { type: 'counter', help: 'Calls to the model, by attempt.', labels: { model: MODELS, status: LLM_STATUS } },
  llm_request_duration_seconds: {
    type: 'histogram', help: 'Time of one model call, in seconds.', labels: { model: MODELS, status: LLM_STATUS },
    buckets: [0.5, 1, 2, 5, 10, 20, 30, 60, 120],
  },
  llm_requests_active: { type: 'gauge', help: 'Model calls running now.', labels: { model: MODELS } },
  llm_tokens_total: {
    type: 'counter', help: 'Tokens, as disjoint kinds: their sum is what is billed.',
    labels: { model: MODELS, token_type: ['input', 'output', 'cache_read', 'cache_write'] },
  },
  llm_cost_usd_total: { type: 'counter', help: 'Cost of model calls by config/models.yaml, in US dollars.', labels: { model: MODELS } },
  llm_cost_per_request_usd: {
    type: 'histogram', help: 'Cost of one request to the agent, in US dollars.', buckets: [0.0001, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5],
  },
  llm_cost_unknown_model_total: { type: 'counter', help: 'Model calls whose model has no price in config/models.yaml.' },
  llm_time_to_first_token_seconds: {
    type: 'histogram', help: 'Time until the first text of a streamed reply, in seconds.', labels: { model: MODELS },
    buckets: [0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 20],
  },
  llm_output_tokens_per_second: {
    type: 'histogram', help: 'Output tokens a second after the first, streamed replies.', labels: { model: MODELS },
    buckets: [5, 10, 20, 40, 60, 80, 120, 200],
  },
  llm_stop_reasons_total: { type: 'counter', help: 'Why the model stopped.', labels: { model: MODELS, stop_reason: STOP_REASONS } },
  llm_errors_total: { type: 'counter', help: 'Model calls that failed, by reason.', labels: { model: MODELS, error_type: ERROR_TYPES } },
  llm_rate_limit_limit: { type: 'gauge', help: 'Limit that the model API last reported.', labels: { kind: LIMIT_KINDS }, zero: false },
  llm_rate_limit_remaining: { type: 'gauge', help: 'What is left of that limit.', labels: { kind: LIMIT_KINDS }, zero: false },
  tool_calls_total: { type: 'counter', help: 'Tool calls.', labels: { tool_name: TOOLS, status: TOOL_STATUS } },
  tool_duration_seconds: {
    type: 'histogram', help: 'Time of one tool call, in seconds.', labels: { tool_name: TOOLS, status: TOOL_STATUS },
    buckets: [0.01, 0.05, 0.1, 0.5, 1, 2, 5, 10, 30],
  },
  tool_errors_total: {
    type: 'counter', help: 'Tool calls that failed, by reason.',
    labels: { tool_name: TOOLS, error_type: ['validation', 'timeout', 'circuit_open', 'execution', 'not_found', 'permission'] },
  },
  tool_result_bytes: { type: 'histogram', help: 'Size of a tool result, in bytes.', labels: { tool_name: TOOLS }, buckets: [100, 1e3, 1e4, 1e5, 1e6] },
  tool_late_results_total: { type: 'counter', help: 'Tool calls that ended after they had been given up.', labels: { tool_name: TOOLS } },
  circuit_breaker_state: { type: 'gauge', help: 'One-hot state of a circuit breaker.', labels: { name: NAMES, state: BREAKER_STATES } },
  circuit_breaker_failures_total: { type: 'counter', help: 'Failures that a breaker counted.', labels: { name: NAMES } },
  circuit_breaker_trips_total: { type: 'counter', help: 'Times a breaker opened.', labels: { name: NAMES } },
  circuit_breaker_rejections_total: { type: 'counter', help: 'Calls that an open breaker refused.', labels: { name: NAMES } },
  circuit_breaker_state_changes_total: { type: 'counter', help: 'Changes of state.', labels: { name: NAMES, to: BREAKER_STATES } },
  http_request_duration_seconds: {
    type: 'histogram', help: 'Time of one HTTP request, in seconds, without probes and scrapes.', zero: false,
    labels: { method: { atMost: 10 }, route: { atMost: 40 }, status_code: { atMost: 40 } }, buckets: [0.01, 0.05, 0.1, 0.5, 1, 2, 5, 10, 30, 60, 120],
  },
  openai_background_jobs_total: { type: 'counter', help: 'Requests of chat programs for their own purposes, answered without a run.', labels: { kind: BACKGROUND_JOBS } },
  health_check_status: { type: 'gauge', help: '1 healthy, 0.5 degraded, 0 failed.', labels: { check: { atMost: 20 } } },
  log_lines_total: { type: 'counter', help: 'Log lines written.', labels: { level: ['debug', 'info', 'warning', 'error', 'critical'] } },
  otel_spans_exported_total: { type: 'counter', help: 'Spans handed to the collector.', labels: { result: ['ok', 'failed', 'dropped'] } },
  otel_log_records_exported_total: { type: 'counter', help: 'Log lines handed to the collector.', labels: { result: ['ok', 'failed', 'dropped'] } },
  otel_exporter_up: {
    type: 'gauge', help: '1 when the collector took the last export, 0 when it did not. Exists for a signal that is exported.', labels: { signal: ['traces', 'logs'] }, zero: false,
  },
  log_lines_dropped_total: { type: 'counter', help: 'Log lines that could not be written, because nobody read them.' },
  metrics_scrape_duration_seconds: {
    type: 'histogram', help: 'Time it took to answer a scrape, in seconds; a scrape shows those before it.', buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1],
  },
  metrics_scrape_bytes: { type: 'gauge', help: 'Size of the last scrape, in bytes.' },
  metrics_label_overflow_total: { type: 'counter', help: 'Values folded into "other" because a label was full.', labels: { metric: { atMost: 80 }, label: { atMost: 40 } }, zero: false },
  app_info: { type: 'gauge', help: 'What is running. Always 1.', labels: { name: NAMES, version: NAMES, environment: NAMES, node_version: NAMES } },
};

/** @throws Error when the catalogue names a metric that is not in the table. */
export function instrumentOf(metric: string): Instrument {
  const instrument = INSTRUMENTS[metric];
  if (!instrument) throw new Error(`The catalogue names the metric ${metric}, which has no instrument`);
  return instrument;
}
