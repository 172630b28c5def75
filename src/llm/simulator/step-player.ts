import { ApiError } from './protocol/api-error.js';
import { deliver, deliverBeginning, endWithError, type Pace } from './delivery.js';
import type { Exchange } from './exchange.js';
import type { Message, ReplyBlock, ReplyDraft } from './protocol/messages-protocol.js';
import type { ScriptedStep, ScriptedSteps, StepKind } from './scripted-step.js';

/** A validated request that waits for its answer. */
export interface Turn {
  readonly exchange: Exchange;
  readonly streamed: boolean;
  readonly pace: Pace;
  /** Makes the answer of a draft; of what the simulator understands when there is none. */
  readonly compose: (draft?: ReplyDraft) => Message;
}

type Player<Kind extends StepKind> = (turn: Turn, step: ScriptedSteps[Kind]) => Promise<void>;

const PLAYERS: { readonly [Kind in StepKind]: Player<Kind> } = {
  reply: (turn, step) => answer(turn, step),
  text: (turn, { text }) => answer(turn, { content: [{ type: 'text', text }] }),
  tools: (turn, { calls, text }) => answer(turn, {
    content: [...(text === undefined ? [] : [textBlock(text)]), ...calls.map((call) => ({ type: 'tool_use' as const, ...call }))],
  }),
  error: async ({ exchange }, { status, type, message, headers }) => {
    exchange.sendError(new ApiError(status, type, message ?? defaultMessage(type), headers));
  },
  hang: ({ exchange }) => exchange.ended(),
  cut: cutOff,
  reset: async ({ exchange }) => exchange.reset(),
  error_event: failMidStream,
};

/** The statuses of the documented error types, for an error that has no stream to travel in. */
const STATUS_OF_TYPE: Readonly<Record<string, number>> = {
  invalid_request_error: 400, authentication_error: 401, billing_error: 402, permission_error: 403, not_found_error: 404,
  request_too_large: 413, rate_limit_error: 429, api_error: 500, timeout_error: 504, overloaded_error: 529,
};

/** Answers a request: with the step when there is one, else with what the simulator understands. */
export async function answerTurn(turn: Turn, step: ScriptedStep | undefined): Promise<void> {
  if (!step) return answer(turn);
  // The table's type ties each kind to its own fields; a union can not be called through it without this cast.
  await (PLAYERS[step.kind] as Player<StepKind>)(turn, step);
}

function answer({ exchange, streamed, pace, compose }: Turn, draft?: ReplyDraft): Promise<void> {
  return deliver(exchange, compose(draft), streamed, pace);
}

async function cutOff(turn: Turn, { afterEvents, content }: ScriptedSteps['cut']): Promise<void> {
  const { exchange, streamed, pace } = turn;
  const message = turn.compose(content && { content });
  if (streamed) {
    await deliverBeginning(exchange, message, afterEvents, pace);
  } else {
    exchange.beginJson(message);
  }
  await exchange.flushed();
  exchange.breakOff();
}

async function failMidStream(turn: Turn, step: ScriptedSteps['error_event']): Promise<void> {
  const { exchange, streamed, pace } = turn;
  const { afterEvents, content, type = 'overloaded_error' } = step;
  const error = new ApiError(STATUS_OF_TYPE[type] ?? 500, type, step.message ?? defaultMessage(type));
  if (!streamed) return exchange.sendError(error);
  await deliverBeginning(exchange, turn.compose(content && { content }), afterEvents, pace);
  endWithError(exchange, error);
}

function textBlock(text: string): ReplyBlock {
  return { type: 'text', text };
}

function defaultMessage(type: string): string {
  return type === 'overloaded_error' ? 'Overloaded' : `Simulated ${type}`;
}
