import type { Channel } from './run-context.js';
import type { AssistantBlock, Message, StopReason } from './transcript.js';
import type { Shape } from './shape.js';

/**
 * The catalogue: every operation the system observes, in one place. Span, log line, counter and histogram of an operation
 * follow from its entry; nothing else in the code counts, logs or traces it. Attribute names are the seed's own
 * snake_case, because logs and spans carry them verbatim.
 *
 * `begin` attributes are known when work starts, `end` attributes are learned while it runs.
 */
export interface Operations {
  'http.request': {
    begin: { method: string; route: string };
    end: { status_code: number };
  };
  'agent.process': {
    begin: { agent: string; channel: Channel; user_id: string; correlation_id: string; conversation_id: string; run_id: string; input_length: number };
    end: { iterations: number; response_length: number; tool_calls: number; input_tokens: number; output_tokens: number;
      cache_read_tokens: number; cache_write_tokens: number; cost_usd: number; stop_reason: StopReason | 'max_iterations' | 'tool_loop' };
  };
  'agent.loop': {
    begin: { max_iterations: number };
    end: { iterations: number; final_iteration: number; max_iterations_reached: boolean };
  };
  'llm.call': {
    begin: { provider: string; model: string; max_tokens: number; temperature: number | undefined; messages_count: number;
      stream: boolean; attempt: number; server_address: string; server_port: number; input_messages: readonly Message[] };
    end: { response_id: string; response_model: string; stop_reason: StopReason; input_tokens: number; output_tokens: number;
      cache_read_tokens: number; cache_write_tokens: number; cost_usd: number; time_to_first_token_seconds: number;
      output_tokens_per_second: number; output_message: readonly AssistantBlock[] };
  };
  'tools.execute': {
    begin: { tool_count: number; parallel: boolean };
    end: Record<never, never>;
  };
  'tool.call': {
    begin: { tool_name: string; tool_use_id: string; tool_input: unknown };
    end: { result_length: number; result_bytes: number; tool_result: string };
  };
}
export type OperationName = keyof Operations;
export type Begin<O extends OperationName> = Operations[O]['begin'];
export type End<O extends OperationName> = Operations[O]['end'];

const PLAIN = { ok: 'success', error: 'error', aborted: 'cancelled' } as const;

export const OPERATIONS: { readonly [O in OperationName]: Shape } = {
  'http.request': {
    span: { seed: '{method} {route}', semconv: '{method} {route}', kind: 'server' },
    log: { ok: ['debug', 'http.request_completed'], error: ['warn', 'http.request_completed'], aborted: ['info', 'http.client_gone'] },
    statuses: PLAIN,
    meters: [
      { metric: 'http_request_duration_seconds', value: 'duration_seconds', labels: { method: 'method', route: 'route', status_code: 'status_code' } },
    ],
  },
  'agent.process': {
    span: { seed: 'agent.process', semconv: 'invoke_agent {agent}', kind: 'internal' },
    log: {
      begin: ['info', 'agent.request_received'], ok: ['info', 'agent.request_completed'],
      error: ['error', 'agent.request_failed'], aborted: ['info', 'request.cancelled'], rejected: ['info', 'agent.request_rejected'],
    },
    statuses: PLAIN,
    statusOf: { conversation_busy: 'rejected', conversation_not_found: 'rejected', validation: 'rejected', queue_full: 'rejected', load_shed: 'rejected',
      shutting_down: 'rejected', idempotency_conflict: 'rejected', idempotency_mismatch: 'rejected' },
    meters: [
      { metric: 'agent_requests_active', inFlight: true },
      { metric: 'agent_requests_total', labels: { status: 'status', user_id: 'user_id' } },
      { metric: 'agent_request_duration_seconds', value: 'duration_seconds', labels: { status: 'status' } },
      { metric: 'agent_errors_total', labels: { error_type: 'error_type', user_id: 'user_id' }, when: 'error' },
      { metric: 'agent_timeouts_total', labels: { operation: '=request' }, when: 'timeout' },
      { metric: 'agent_iterations', value: 'iterations' },
      { metric: 'agent_tool_calls_per_request', value: 'tool_calls' },
      { metric: 'llm_cost_per_request_usd', value: 'cost_usd' },
    ],
  },
  'agent.loop': {
    span: { seed: 'agent.loop', semconv: 'agent.loop', kind: 'internal' },
    log: { ok: ['debug', 'agent.loop_completed'] },
    statuses: PLAIN,
    meters: [],
  },
  'llm.call': {
    span: { seed: 'llm.call', semconv: 'chat {model}', kind: 'client' },
    spanEvents: { begin: 'llm.request_sent', ok: 'llm.response_received', error: 'llm.call_failed', aborted: 'llm.call_failed' },
    log: {
      begin: ['debug', 'llm.calling'], ok: ['info', 'llm.call_completed'],
      error: ['warn', 'agent.llm_call_failed'], aborted: ['info', 'llm.stream_aborted'],
    },
    statuses: PLAIN,
    content: ['input_messages', 'output_message'],
    meters: [
      { metric: 'llm_requests_active', inFlight: true, labels: { model: 'model' } },
      { metric: 'llm_requests_total', labels: { model: 'model', status: 'status' } },
      { metric: 'llm_request_duration_seconds', value: 'duration_seconds', labels: { model: 'model', status: 'status' } },
      { metric: 'llm_errors_total', labels: { model: 'model', error_type: 'error_type' }, when: 'error' },
      { metric: 'agent_timeouts_total', labels: { operation: '=llm' }, when: 'timeout' },
      { metric: 'llm_tokens_total', value: 'input_tokens', labels: { model: 'model', token_type: '=input' } },
      { metric: 'llm_tokens_total', value: 'output_tokens', labels: { model: 'model', token_type: '=output' } },
      { metric: 'llm_tokens_total', value: 'cache_read_tokens', labels: { model: 'model', token_type: '=cache_read' } },
      { metric: 'llm_tokens_total', value: 'cache_write_tokens', labels: { model: 'model', token_type: '=cache_write' } },
      { metric: 'llm_cost_usd_total', value: 'cost_usd', labels: { model: 'model' } },
      { metric: 'llm_stop_reasons_total', labels: { model: 'model', stop_reason: 'stop_reason' }, when: 'ok' },
      { metric: 'llm_time_to_first_token_seconds', value: 'time_to_first_token_seconds', labels: { model: 'model' } },
      { metric: 'llm_output_tokens_per_second', value: 'output_tokens_per_second', labels: { model: 'model' } },
    ],
  },
  'tools.execute': {
    span: { seed: 'tools.execute', semconv: 'tools.execute', kind: 'internal' },
    spanEvents: { ok: 'tools.executed' },
    log: {},
    statuses: PLAIN,
    meters: [],
  },
  'tool.call': {
    span: { seed: 'tool.{tool_name}', semconv: 'execute_tool {tool_name}', kind: 'internal' },
    spanEvents: { begin: 'tool.started', ok: 'tool.completed', error: 'tool.failed', aborted: 'tool.failed' },
    log: {
      begin: ['info', 'tool.executing'], ok: ['info', 'tool.execution_completed'],
      error: ['warn', 'tool.execution_failed'], aborted: ['info', 'tool.execution_failed'],
    },
    statuses: { ok: 'success', error: 'error', aborted: 'error' },
    statusOf: { circuit_open: 'circuit_open', timeout: 'timeout' },
    content: ['tool_input', 'tool_result'],
    meters: [
      { metric: 'tool_calls_total', labels: { tool_name: 'tool_name', status: 'status' } },
      { metric: 'tool_duration_seconds', value: 'duration_seconds', labels: { tool_name: 'tool_name', status: 'status' } },
      { metric: 'tool_errors_total', labels: { tool_name: 'tool_name', error_type: 'error_type' }, when: 'error' },
      { metric: 'agent_timeouts_total', labels: { operation: '=tool' }, when: 'timeout' },
      { metric: 'tool_result_bytes', value: 'result_bytes', labels: { tool_name: 'tool_name' } },
    ],
  },
};
