import type { AttributeValue as SpanValue, Attributes as SpanAttributes } from '@opentelemetry/api';
import type { Attributes } from '../kernel/observer.js';
import type { OperationName } from '../kernel/operations.js';
import { redactText, redactValue } from '../kernel/redaction.js';
import type { StopReason } from '../kernel/transcript.js';

/** Characters that one attribute may have: enough for any name or message, too few for a prompt to hide in. */
export const ATTRIBUTE_CHARACTERS = 4_096;

/**
 * Our attribute → the names other tools look for. Ours stay beside them. GenAI names from the semantic conventions,
 * v1.41 and the draft after it: where the two differ (cache creation and cache write) both are sent, because readers differ.
 */
export const STANDARD_NAMES: Readonly<Record<string, readonly string[]>> = {
  agent: ['gen_ai.agent.name'],
  conversation_id: ['gen_ai.conversation.id', 'session.id'],
  user_id: ['user.id'],
  provider: ['gen_ai.provider.name'],
  model: ['gen_ai.request.model'],
  max_tokens: ['gen_ai.request.max_tokens'],
  temperature: ['gen_ai.request.temperature'],
  attempt: ['retry.attempt'],
  server_address: ['server.address'],
  server_port: ['server.port'],
  response_id: ['gen_ai.response.id'],
  response_model: ['gen_ai.response.model'],
  output_tokens: ['gen_ai.usage.output_tokens'],
  cache_read_tokens: ['gen_ai.usage.cache_read.input_tokens'],
  cache_write_tokens: ['gen_ai.usage.cache_creation.input_tokens', 'gen_ai.usage.cache_write.input_tokens'],
  time_to_first_token_seconds: ['gen_ai.response.time_to_first_chunk'],
  tool_name: ['gen_ai.tool.name'],
  tool_use_id: ['gen_ai.tool.call.id'],
  method: ['http.request.method'],
  route: ['http.route'],
  status_code: ['http.response.status_code'],
};

/** What every span of an operation says of itself, at creation, so that samplers can see it. */
const CONSTANTS: { readonly [O in OperationName]?: SpanAttributes } = {
  'agent.process': { 'gen_ai.operation.name': 'invoke_agent' },
  'llm.call': { 'gen_ai.operation.name': 'chat' },
  'tool.call': { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.type': 'function' },
};

/** Content → its opt-in attribute, a JSON string. */
const CONTENT_NAMES: Readonly<Record<string, string>> = {
  input_messages: 'gen_ai.input.messages',
  output_message: 'gen_ai.output.messages',
  tool_input: 'gen_ai.tool.call.arguments',
  tool_result: 'gen_ai.tool.call.result',
};

/** The conventions' words for why a model stopped; those they do not know stay as they are. */
const FINISH_REASONS: { readonly [R in StopReason]?: string } = {
  end_turn: 'stop', stop_sequence: 'stop', max_tokens: 'length', tool_use: 'tool_call',
};

/** The attributes of a span: ours, their standard names, and content only when it may be captured. All text is redacted. */
export function spanAttributes(operation: OperationName, attributes: Attributes, content: readonly string[], capture: boolean): SpanAttributes {
  const span: SpanAttributes = { ...CONSTANTS[operation] };
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined) continue;
    if (content.includes(name)) {
      const standard = CONTENT_NAMES[name];
      if (capture && standard) span[standard] = JSON.stringify(redactValue(value));
      continue;
    }
    const shown = spanValue(value);
    span[name] = shown;
    for (const standard of STANDARD_NAMES[name] ?? []) span[standard] = shown;
  }
  return { ...span, ...derived(attributes) };
}

/** What the conventions define differently from the API: inclusive input tokens, lists of finish reasons, a flag only when set. */
function derived({ input_tokens: input, cache_read_tokens: read, cache_write_tokens: write, stop_reason: stop, stream }: Attributes): SpanAttributes {
  const span: SpanAttributes = {};
  if (typeof input === 'number') span['gen_ai.usage.input_tokens'] = input + Number(read ?? 0) + Number(write ?? 0);
  if (typeof stop === 'string') span['gen_ai.response.finish_reasons'] = [FINISH_REASONS[stop as StopReason] ?? stop];
  if (stream === true) span['gen_ai.request.stream'] = true;
  return span;
}

function spanValue(value: unknown): SpanValue {
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  if (Array.isArray(value)) return value.map((entry) => redactText(String(entry)));
  return JSON.stringify(redactValue(value));
}
