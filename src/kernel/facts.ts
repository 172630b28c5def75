import type { Meter } from './meter.js';
import type { LogLine } from './shape.js';

/** What chat programs ask a model for by themselves, beside what their users ask. */
export const BACKGROUND_JOBS = ['title', 'tags', 'follow_ups', 'queries', 'autocomplete', 'emoji', 'image_prompt', 'tool_choice'] as const;
export type BackgroundJobKind = (typeof BACKGROUND_JOBS)[number];

/** Facts: things that happen at a moment and have no duration. The second half of the catalogue. */
export interface Facts {
  'application.started': { mode: string; model: string; simulated: boolean; version: string };
  'application.draining': { reason: string };
  'application.shutdown': { reason: string };
  /** An error that nobody caught; `origin` says whether it was thrown or a rejection. The process ends. */
  'process.crashed': { origin: string; error: string; stack: string };
  'config.loaded': { settings: object };
  'agent.initialized': { tools: readonly string[]; model: string; users: readonly string[] };
  'http.listening': { url: string };
  'iteration.started': { iteration: number };
  'iteration.completed': { iteration: number };
  'iterations.exhausted': { max_iterations: number };
  'llm.first_token': { model: string };
  'model.unpriced': { model: string };
  'rate_limit.seen': { kind: 'requests' | 'input_tokens' | 'output_tokens'; limit: number; remaining: number };
  /** The numbers are one-hot: 1 for the state the breaker is in now, 0 for the others. */
  'breaker.registered': { name: string; closed: number; open: number; half_open: number; degraded: number };
  'breaker.changed': { name: string; from: string; to: string; closed: number; open: number; half_open: number; degraded: number };
  'breaker.failed': { name: string };
  'breaker.rejected': { name: string };
  /** A failed attempt will be made again after a wait. */
  'retry.scheduled': { operation: 'llm'; reason: string; attempt: number; delay_seconds: number };
  /** A failed attempt could have been made again, but must not: there is no budget or no time, or the upstream asks for too long a wait. */
  'retry.denied': { operation: 'llm'; reason: string; why: 'attempts' | 'budget' | 'deadline' | 'retry_after' };
  /** A part of an answer that was already shown is begun anew, because the client asked for that. */
  'stream.restarted': { attempt: number };
  'model.fallback': { from_model: string; to_model: string; error_type: string };
  /** A reply that was no use was asked for once more. */
  'reply.asked_again': { why: 'empty' | 'cut_tool_call' };
  /** Something that the answer could have used was not to be had. `component` is a tool or `llm:<model>`. */
  'run.degraded': { component: string };
  'run.stuck': { rounds: number };
  'history.repaired': { repairs: number };
  'history.trimmed': { messages_before: number; messages_after: number };
  'history.quarantined': { file: string };
  /** A run is on record, and begins. */
  'run.begun': { run_id: string };
  'run.queued': { run_id: string; conversation_id: string; priority: number };
  /** A run goes on that began before: in another process, or in this one before it was handed back. */
  'run.resumed': { run_id: string; attempt: number };
  /** A run whose process is gone was closed, because nobody waits for it or because it ended too many processes. */
  'run.closed': { run_id: string; error_type: string };
  /** A run whose process is gone went back to the queue. */
  'run.recovered': { run_id: string; attempt: number };
  'run.handed_back': { run_id: string };
  'lease.lost': { run_id: string };
  /** What the store holds. The ages are 0 where there is no such run. */
  'store.counted': { conversations: number; queued: number; running: number; oldest_queued_seconds: number; oldest_running_seconds: number; log_bytes: number };
  'queue.failed': { error: string };
  'store.opened': { up: 1; detail: string };
  'store.lost': { up: 0; detail: string };
  'store.pruned': { conversations: number; runs: number; keys: number };
  'runs.limited': { limit: number };
  'queue.counted': { depth: number };
  'queue.left': { wait_seconds: number };
  'load.changed': { shedding: number; cause: string; lag_seconds: number; heap_ratio: number };
  'load.shed': { cause: string };
  'tool.circuit_open': { tool_name: string };
  /** A tool that the user asked for could not do its work, for a reason that is not the input's. */
  'tool.critical_failed': { tool_name: string; tool_use_id: string; error_type: string };
  'tool.late_result': { tool_name: string };
  'request.rejected': { reason: string; code: string; status_code: number };
  /** A chat program asked something for its own purposes, and was answered without a run. */
  'openai.background_job': { kind: BackgroundJobKind };
  'health.live': { status: string };
  'health.checked': { check: string; status: string; value: number };
  'health.ready': { status: string };
  'health.changed': { status: string };
  'metrics.scraped': { bytes: number; duration_seconds: number };
  /** `suppressed` counts the same news since it was last told. */
  'exporter.failed': { error: string; suppressed: number };
}
export type FactName = keyof Facts;

export interface FactShape {
  readonly log?: LogLine;
  /** The name of the event on the running span. */
  readonly spanEvent?: string;
  readonly meters?: readonly Meter[];
  /** Labels whose values are known from now on: their series start at zero. Label → attribute. */
  readonly zeroes?: Readonly<Record<string, string>>;
}

/** `circuit_breaker_state` is one-hot, so that an alert can ask for `state="open"`. What a breaker guards is degraded until it is closed. */
const BREAKER_STATE: readonly Meter[] = [
  { metric: 'agent_degraded', value: 'degraded', labels: { component: 'name' } },
  { metric: 'circuit_breaker_state', value: 'closed', labels: { name: 'name', state: '=closed' } },
  { metric: 'circuit_breaker_state', value: 'open', labels: { name: 'name', state: '=open' } },
  { metric: 'circuit_breaker_state', value: 'half_open', labels: { name: 'name', state: '=half_open' } },
];

export const FACTS: { readonly [F in FactName]: FactShape } = {
  'application.started': { log: ['info', 'application.started'] },
  'application.draining': { log: ['info', 'application.draining'] },
  'application.shutdown': { log: ['info', 'application.shutdown'] },
  'process.crashed': { log: ['error', 'process.crashed'] },
  'config.loaded': { log: ['debug', 'config.loaded'] },
  'agent.initialized': { log: ['info', 'agent.initialized'], zeroes: { model: 'model', tool_name: 'tools', user_id: 'users' } },
  'http.listening': { log: ['info', 'health_server.starting'] },
  'iteration.started': { log: ['debug', 'agent.iteration_started'], spanEvent: 'iteration.started' },
  'iteration.completed': { spanEvent: 'iteration.completed' },
  'iterations.exhausted': { log: ['warn', 'agent.max_iterations_reached'], spanEvent: 'max_iterations.reached', meters: [{ metric: 'agent_max_iterations_total' }] },
  'llm.first_token': { log: ['debug', 'llm.first_token'], spanEvent: 'llm.first_token' },
  'model.unpriced': { log: ['warn', 'llm.cost_unknown_model'], spanEvent: 'llm.cost_unknown_model', meters: [{ metric: 'llm_cost_unknown_model_total' }] },
  'rate_limit.seen': {
    meters: [
      { metric: 'llm_rate_limit_limit', value: 'limit', labels: { kind: 'kind' } },
      { metric: 'llm_rate_limit_remaining', value: 'remaining', labels: { kind: 'kind' } },
    ],
  },
  'breaker.registered': {
    // A new breaker is closed, so `open` is 0: it makes the counters exist.
    meters: [
      ...BREAKER_STATE,
      { metric: 'circuit_breaker_failures_total', value: 'open', labels: { name: 'name' } },
      { metric: 'circuit_breaker_trips_total', value: 'open', labels: { name: 'name' } },
      { metric: 'circuit_breaker_rejections_total', value: 'open', labels: { name: 'name' } },
      { metric: 'circuit_breaker_state_changes_total', value: 'open', labels: { name: 'name', to: '=closed' } },
      { metric: 'circuit_breaker_state_changes_total', value: 'open', labels: { name: 'name', to: '=open' } },
      { metric: 'circuit_breaker_state_changes_total', value: 'open', labels: { name: 'name', to: '=half_open' } },
    ],
  },
  'breaker.changed': {
    log: ['warn', 'circuit_breaker.state_changed'], spanEvent: 'circuit_breaker.state_changed',
    meters: [
      ...BREAKER_STATE,
      { metric: 'circuit_breaker_state_changes_total', labels: { name: 'name', to: 'to' } },
      { metric: 'circuit_breaker_trips_total', value: 'open', labels: { name: 'name' } },
    ],
  },
  'breaker.failed': { meters: [{ metric: 'circuit_breaker_failures_total', labels: { name: 'name' } }] },
  'breaker.rejected': { meters: [{ metric: 'circuit_breaker_rejections_total', labels: { name: 'name' } }] },
  'retry.scheduled': {
    log: ['warn', 'llm.retry_scheduled'], spanEvent: 'llm.retry_scheduled',
    meters: [{ metric: 'agent_retries_total', labels: { operation: 'operation', reason: 'reason' } }],
  },
  'retry.denied': {
    log: ['info', 'llm.retry_denied'], spanEvent: 'llm.retry_denied',
    meters: [{ metric: 'agent_retries_denied_total', labels: { operation: 'operation', why: 'why' } }],
  },
  'stream.restarted': { log: ['info', 'llm.stream_restarted'], spanEvent: 'llm.stream_restarted', meters: [{ metric: 'agent_stream_restarts_total' }] },
  'model.fallback': {
    log: ['warn', 'llm.fallback'], spanEvent: 'llm.fallback',
    meters: [{ metric: 'agent_fallbacks_total', labels: { from_model: 'from_model', to_model: 'to_model' } }],
  },
  'reply.asked_again': { log: ['warn', 'llm.asked_again'], spanEvent: 'llm.asked_again', meters: [{ metric: 'llm_replies_discarded_total', labels: { why: 'why' } }] },
  'run.degraded': { log: ['warn', 'agent.degraded'], spanEvent: 'agent.degraded', meters: [{ metric: 'agent_degraded_total', labels: { component: 'component' } }] },
  'run.stuck': { log: ['warn', 'agent.runaway_stopped'], spanEvent: 'runaway.stopped', meters: [{ metric: 'agent_runaway_total' }] },
  'history.repaired': { log: ['warn', 'agent.history_repaired'], spanEvent: 'history.repaired', meters: [{ metric: 'history_repaired_total' }] },
  'history.trimmed': { log: ['warn', 'agent.history_trimmed'], spanEvent: 'history.trimmed', meters: [{ metric: 'history_trimmed_total' }] },
  'history.quarantined': { log: ['warn', 'agent.history_quarantined'], spanEvent: 'history.quarantined', meters: [{ metric: 'history_quarantined_total' }] },
  'run.begun': { log: ['debug', 'run.begun'] },
  'run.queued': { log: ['info', 'run.queued'], spanEvent: 'run.queued', meters: [{ metric: 'agent_runs_queued_total' }] },
  'run.resumed': { log: ['info', 'run.resumed'], meters: [{ metric: 'agent_runs_resumed_total' }] },
  'run.closed': { log: ['warn', 'run.closed'], meters: [{ metric: 'agent_runs_closed_total', labels: { error_type: 'error_type' } }] },
  'run.recovered': { log: ['warn', 'run.recovered'], meters: [{ metric: 'agent_runs_recovered_total' }] },
  'run.handed_back': { log: ['info', 'run.handed_back'], meters: [{ metric: 'agent_runs_handed_back_total' }] },
  'lease.lost': { log: ['warn', 'run.lease_lost'], meters: [{ metric: 'agent_leases_lost_total' }] },
  'store.counted': {
    meters: [
      { metric: 'agent_sessions_active', value: 'conversations' },
      { metric: 'agent_runs', value: 'queued', labels: { state: '=queued' } },
      { metric: 'agent_runs', value: 'running', labels: { state: '=running' } },
      { metric: 'agent_oldest_run_seconds', value: 'oldest_queued_seconds', labels: { state: '=queued' } },
      { metric: 'agent_oldest_run_seconds', value: 'oldest_running_seconds', labels: { state: '=running' } },
      { metric: 'store_log_bytes', value: 'log_bytes' },
    ],
  },
  'queue.failed': { log: ['warn', 'queue.failed'], meters: [{ metric: 'queue_errors_total' }] },
  'store.opened': { log: ['info', 'store.opened'], meters: [{ metric: 'store_up', value: 'up' }] },
  'store.lost': { log: ['warn', 'store.lost'], meters: [{ metric: 'store_up', value: 'up' }] },
  'store.pruned': {
    log: ['info', 'store.pruned'],
    meters: [
      { metric: 'store_pruned_total', value: 'conversations', labels: { kind: '=conversations' } },
      { metric: 'store_pruned_total', value: 'runs', labels: { kind: '=run_logs' } },
      { metric: 'store_pruned_total', value: 'keys', labels: { kind: '=idempotency_keys' } },
    ],
  },
  'runs.limited': { meters: [{ metric: 'agent_requests_limit', value: 'limit' }] },
  'queue.counted': { meters: [{ metric: 'agent_queue_depth', value: 'depth' }] },
  'queue.left': { meters: [{ metric: 'agent_queue_wait_seconds', value: 'wait_seconds' }] },
  'load.changed': { log: ['warn', 'agent.load_shedding'], meters: [{ metric: 'agent_load_shedding', value: 'shedding' }] },
  'load.shed': { meters: [{ metric: 'agent_load_shed_total', labels: { cause: 'cause' } }] },
  'tool.circuit_open': { log: ['warn', 'tool.circuit_breaker_open'], spanEvent: 'tool.circuit_open' },
  'tool.critical_failed': { log: ['error', 'agent.tool_execution_failed'] },
  'tool.late_result': { log: ['warn', 'tool.late_result'], meters: [{ metric: 'tool_late_results_total', labels: { tool_name: 'tool_name' } }] },
  'request.rejected': { log: ['info', 'request.failed'], spanEvent: 'request.failed', meters: [{ metric: 'agent_requests_rejected_total', labels: { reason: 'reason' } }] },
  'openai.background_job': {
    log: ['info', 'openai.background_job'], spanEvent: 'openai.background_job',
    meters: [{ metric: 'openai_background_jobs_total', labels: { kind: 'kind' } }],
  },
  'health.live': { log: ['debug', 'health.liveness_check'] },
  'health.checked': { log: ['debug', 'health.readiness_check'], meters: [{ metric: 'health_check_status', value: 'value', labels: { check: 'check' } }] },
  'health.ready': { log: ['debug', 'health.readiness_check_completed'] },
  'health.changed': { log: ['info', 'health.readiness_check_completed'] },
  'metrics.scraped': {
    log: ['debug', 'metrics.scraped'],
    meters: [{ metric: 'metrics_scrape_duration_seconds', value: 'duration_seconds' }, { metric: 'metrics_scrape_bytes', value: 'bytes' }],
  },
  'exporter.failed': { log: ['warn', 'telemetry.export_failed'] },
};
