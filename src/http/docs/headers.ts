import type { HeaderObject, ParameterObject } from '@nestjs/swagger';

const text = { type: 'string' } as const;

/** Headers that requests may have, by the name under which routes refer to them. */
export const PARAMETERS = {
  CorrelationId: header('x-correlation-id', 'Joins logs, spans and the answer. Anything else than this is replaced by a new UUID; `x-request-id` is taken in its place.', {
    type: 'string', pattern: '^[A-Za-z0-9._:-]{1,128}$',
  }),
  Traceparent: header('traceparent', 'Continues the caller\'s trace (W3C).'),
  StreamRestart: header('x-stream-restart', '`1`: this client knows the event `restart`. Without it, a stream that breaks off after its first text ends with the error `stream_interrupted`.'),
  IdempotencyKey: header('idempotency-key', 'Makes a repetition of the same request, within 24 hours, have the same answer instead of a second run. Visible ASCII. The run goes on when its client leaves.', {
    type: 'string', pattern: '^[!-~]{1,255}$',
  }),
  Prefer: header('prefer', '`respond-async`: answer at once with the address of the run.'),
  LastEventId: header('last-event-id', 'The id of the last event that was seen: the stream goes on behind it. Browsers send it by themselves.', { type: 'integer', minimum: 0 }),
  SessionId: header('x-session-id', 'Names the conversation. `x-openwebui-chat-id`, `x-librechat-conversation-id` and `x-conversation-id` are taken as well; the first that is there counts.', {
    type: 'string', pattern: '^[!-~]{1,200}$',
  }),
  ToolProgress: header('x-tool-progress', '`1`: events named `task-agent.tool.progress` show the tools at work, in a stream.'),
} satisfies Readonly<Record<string, ParameterObject>>;

/** Headers that answers may have, by their own names. */
export const HEADERS = {
  'x-correlation-id': told('The id of this request in logs and spans.'),
  'x-trace-id': told('The trace of this request, when tracing is on.'),
  location: told('The address of the run: `/v1/runs/{id}`.'),
  'retry-after': told('Seconds after which the same request may succeed, where that is known.', { type: 'integer', minimum: 0 }),
  'x-degraded': told('What the answer had to do without, separated by commas.'),
  'idempotency-replayed': told('`true`: the answer of an earlier request with this key.', { type: 'string', const: 'true' }),
  'x-should-retry': told('Whether the same request may succeed later; the official SDKs look at it.', { type: 'string', enum: ['true', 'false'] }),
  'x-request-id': told('The same as `x-correlation-id`.'),
  'x-run-id': told('The run.'),
  'x-conversation-id': told('The conversation: an id that `POST /chat` takes as well.'),
  'x-model-ignored': told('The model that was asked for, when it is not the one there is.'),
} satisfies Readonly<Record<string, HeaderObject>>;

function header(name: string, description: string, schema: object = text): ParameterObject {
  return { name, in: 'header', required: false, description, schema };
}

function told(description: string, schema: object = text): HeaderObject {
  return { description, schema };
}
