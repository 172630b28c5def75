import { Violation } from './api-error.js';
import { validateTextBlocks } from './block-validation.js';
import {
  checkCacheControl, isObject, refuseExtras, requireArray, requireBoolean, requireInteger, requireNumberWithin, requireObject,
  requireOneOf, requireString, type Fields,
} from './field-checks.js';
import { validateHistory, type Continuation } from './history-validation.js';
import type { MessagesRequest, RequestMessage } from './messages-protocol.js';
import { validateToolChoice, validateTools } from './tool-validation.js';

type FieldCheck = (value: unknown, body: Fields, isContinuation: Continuation) => void;

/** Breakpoints that one request may set. */
const MOST_BREAKPOINTS = 4;

const anything: FieldCheck = () => undefined;

/** Fields of both endpoints. The order is the order of the messages that a caller with several mistakes sees. */
const SHARED_FIELDS: Readonly<Record<string, FieldCheck>> = {
  model: (value) => {
    requireString(value, 'model');
    if (value.trim() === '') throw new Violation('model: String should have at least 1 character');
  },
  messages: (value, _body, isContinuation) => validateHistory(value, isContinuation),
  system: (value) => {
    if (typeof value === 'string') return;
    requireArray(value, 'system');
    validateTextBlocks(value, 'system');
  },
  tools: validateTools,
  tool_choice: validateToolChoice,
  thinking: checkThinking,
  cache_control: (value) => checkCacheControl(value, 'cache_control'),
  output_config: (value) => requireObject(value, 'output_config'),
  speed: anything,
};

const CREATE_FIELDS: Readonly<Record<string, FieldCheck>> = {
  max_tokens: (value) => requireInteger(value, 1, 'max_tokens'),
  ...SHARED_FIELDS,
  stream: (value) => requireBoolean(value, 'stream'),
  temperature: (value) => requireNumberWithin(value, 0, 1, 'temperature'),
  top_p: (value) => requireNumberWithin(value, 0, 1, 'top_p'),
  top_k: (value) => requireInteger(value, 0, 'top_k'),
  stop_sequences: checkStopSequences,
  metadata: (value) => requireObject(value, 'metadata'),
  service_tier: (value) => requireOneOf(value, ['auto', 'standard_only'], 'service_tier'),
  container: anything,
  diagnostics: anything,
  inference_geo: anything,
};

interface BodyRule {
  readonly fields: Readonly<Record<string, FieldCheck>>;
  readonly known: ReadonlySet<string>;
  readonly required: readonly string[];
}

const CREATE: BodyRule = { fields: CREATE_FIELDS, known: new Set(Object.keys(CREATE_FIELDS)), required: ['model', 'max_tokens', 'messages'] };
const COUNT: BodyRule = { fields: SHARED_FIELDS, known: new Set(Object.keys(SHARED_FIELDS)), required: ['model', 'messages'] };

/** Checks the body of `POST /v1/messages` as strictly as the real API. @throws Violation naming the path */
export function validateMessagesRequest(body: unknown, isContinuation: Continuation): asserts body is MessagesRequest {
  validateBody(body, CREATE, isContinuation);
}

/** Checks the body of `POST /v1/messages/count_tokens`. @throws Violation naming the path */
export function validateCountTokensRequest(body: unknown, isContinuation: Continuation): asserts body is MessagesRequest {
  validateBody(body, COUNT, isContinuation);
}

function validateBody(body: unknown, { fields, known, required }: BodyRule, isContinuation: Continuation): asserts body is MessagesRequest {
  if (!isObject(body)) throw new Violation('body: Input should be an object');
  refuseExtras(body, known, '');
  for (const name of required) if (body[name] === undefined) throw new Violation(`${name}: Field required`);
  for (const name in fields) if (body[name] !== undefined) fields[name]?.(body[name], body, isContinuation);
  requireToolsOfHistory(body as unknown as MessagesRequest);
  checkBreakpoints(body as unknown as MessagesRequest);
}

function requireToolsOfHistory({ tools = [], messages }: MessagesRequest): void {
  const isAboutTools = ({ content }: RequestMessage): boolean => typeof content !== 'string' && content.some(({ type }) => type === 'tool_use' || type === 'tool_result');
  if (tools.length === 0 && messages.some(isAboutTools)) {
    throw new Violation('tools: Requests which include `tool_use` or `tool_result` blocks must define tools');
  }
}

function checkThinking(value: unknown, body: Fields): void {
  requireObject(value, 'thinking');
  requireOneOf(value['type'], ['enabled', 'disabled', 'adaptive', 'between_tools'], 'thinking.type');
  if (value['type'] !== 'enabled') return;
  const budgetTokens = value['budget_tokens'];
  requireInteger(budgetTokens, 1024, 'thinking.budget_tokens');
  const most = body['max_tokens'];
  if (typeof most === 'number' && budgetTokens >= most) {
    throw new Violation('thinking.budget_tokens: `max_tokens` must be greater than `thinking.budget_tokens`');
  }
}

function checkStopSequences(value: unknown): void {
  requireArray(value, 'stop_sequences');
  value.forEach((sequence, index) => {
    requireString(sequence, `stop_sequences.${index}`);
    if (sequence.trim() === '') throw new Violation(`stop_sequences.${index}: each stop sequence must contain non-whitespace`);
  });
}

function checkBreakpoints({ cache_control: top, system, tools, messages }: MessagesRequest): void {
  let found = top ? 1 : 0;
  for (const tool of tools ?? []) if (tool.cache_control) found += 1;
  for (const content of [system ?? '', ...messages.map((message) => message.content)]) {
    if (typeof content !== 'string') for (const block of content) if (block.cache_control) found += 1;
  }
  if (found > MOST_BREAKPOINTS) {
    throw new Violation(`cache_control: A maximum of ${MOST_BREAKPOINTS} blocks with cache_control may be provided. Found ${found}.`);
  }
}
