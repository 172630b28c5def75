/** Every code that a client may see in a problem, with its status; more than one where the code tells less than the status. */
const STATUSES = {
  invalid_request: [400], malformed_request: [400], invalid_encoding: [400], bad_request: ['4XX'],
  not_found: [404], conversation_not_found: [404], run_not_found: [404], model_not_found: [404],
  method_not_allowed: [405], request_timeout: [408],
  conversation_busy: [409], idempotency_in_flight: [409],
  body_too_large: [413], context_too_long: [413], llm_request_too_large: [413], unsupported_media_type: [415],
  idempotency_key_reused: [422], headers_too_large: [431],
  client_gone: [499], cancelled: [499],
  internal_error: [500], llm_bad_request: [500], attempts_exhausted: [500], store_failed: [500], store_corrupt: [500], store_too_new: [500],
  llm_empty_reply: [502], upstream_bad_response: [502], stream_interrupted: [502, 503, 504],
  circuit_open: [503], llm_auth: [503], llm_model_not_found: [503], overloaded: [503], upstream_overloaded: [503], upstream_rate_limited: [503],
  upstream_unavailable: [503], shutting_down: [503], handed_back: [503], run_interrupted: [503], lease_lost: [503], store_unavailable: [503],
  deadline_exceeded: [504], upstream_timeout: [504],
} as const satisfies Readonly<Record<string, readonly (number | '4XX')[]>>;

export type ProblemCode = keyof typeof STATUSES;

export const PROBLEM_CODES = Object.keys(STATUSES) as readonly ProblemCode[];

export function statusesOf(code: ProblemCode): readonly string[] {
  return STATUSES[code].map(String);
}

/** A body that can not be taken. */
export const OF_BODIES = ['invalid_request', 'invalid_encoding', 'body_too_large'] as const satisfies readonly ProblemCode[];

/** A store that can not be read or written. */
export const OF_THE_STORE = ['store_unavailable', 'store_failed', 'store_corrupt', 'store_too_new'] as const satisfies readonly ProblemCode[];

/** A run that is begun here and has no answer. */
export const OF_RUNS = [
  'conversation_not_found', 'conversation_busy', 'overloaded', 'shutting_down', 'deadline_exceeded', 'cancelled', 'lease_lost',
  'context_too_long', 'llm_request_too_large', 'llm_bad_request', 'llm_empty_reply', 'llm_auth', 'llm_model_not_found',
  'circuit_open', 'upstream_bad_response', 'upstream_overloaded', 'upstream_rate_limited', 'upstream_unavailable', 'upstream_timeout',
  ...OF_THE_STORE,
] as const satisfies readonly ProblemCode[];

/** A request that is to be carried out once. */
export const OF_KEYS = ['idempotency_in_flight', 'idempotency_key_reused', 'handed_back', 'attempts_exhausted'] as const satisfies readonly ProblemCode[];
