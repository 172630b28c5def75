import { deliverEvents, endWithError } from './delivery.js';
import type { Exchange } from './exchange.js';
import { halfOf } from './halves.js';
import { defaultMessage } from './http-faults.js';
import { ApiError, statusOf } from './protocol/api-error.js';
import { messageEvents, type StreamEvent } from './protocol/message-events.js';
import type { CutKind, MalformedStream, ScriptedSteps } from './scripted-step.js';
import { messageOf, type Turn } from './turn.js';

/** Right before the first delta of a text. */
const BEFORE_FIRST_DELTA = 3;

const ENDINGS: { readonly [How in CutKind]: (exchange: Exchange) => void | Promise<void> } = {
  break: (exchange) => exchange.breakOff(),
  fin: (exchange) => exchange.end(),
  reset: (exchange) => exchange.reset(),
  hang: (exchange) => exchange.ended(),
};

const MALFORMATIONS: { readonly [What in MalformedStream]: (events: readonly StreamEvent[], at: number) => readonly StreamEvent[] } = {
  bad_json: (events, at) => events.map((event, index) => (index === Math.min(at, events.length - 1) ? withHalfData(event) : event)),
  out_of_order: startBehindDelta,
  dup_start: (events, at) => [...events.slice(0, Math.max(1, at)), ...events.slice(0, 1), ...events.slice(Math.max(1, at))],
  no_events: () => [],
  no_stop: (events) => events.filter(({ type }) => type !== 'message_stop'),
  no_message_delta: (events) => events.filter(({ type }) => type !== 'message_delta'),
};

export async function cutOff(turn: Turn, { afterEvents, content, how = 'break' }: ScriptedSteps['cut']): Promise<void> {
  const { exchange, streamed, pace } = turn;
  const message = messageOf(turn, content);
  if (streamed) await deliverEvents(exchange, message, messageEvents(message).slice(0, afterEvents), pace);
  else beginJson(exchange, JSON.stringify(message), how);
  await exchange.flushed();
  await ENDINGS[how](exchange);
}

export async function failMidStream(turn: Turn, step: ScriptedSteps['error_event']): Promise<void> {
  const { exchange, streamed, pace } = turn;
  const { afterEvents, content, type = 'overloaded_error' } = step;
  const error = new ApiError(statusOf(type), type, step.message ?? defaultMessage(type));
  if (!streamed) return exchange.sendError(error);
  const message = messageOf(turn, content);
  await deliverEvents(exchange, message, messageEvents(message).slice(0, afterEvents), pace);
  endWithError(exchange, error);
}

export async function sendMalformed(turn: Turn, step: ScriptedSteps['malformed']): Promise<void> {
  const { exchange, streamed, pace } = turn;
  const { what, content, afterEvents = BEFORE_FIRST_DELTA } = step;
  const message = messageOf(turn, content);
  if (!streamed) return exchange.sendText(200, 'application/json', halfOf(JSON.stringify(message)));
  await deliverEvents(exchange, message, MALFORMATIONS[what](messageEvents(message), afterEvents), pace);
  exchange.end();
}

/** With `fin` the half must look like the whole, or the client would wait for the rest. */
function beginJson(exchange: Exchange, text: string, how: CutKind): void {
  const half = halfOf(text);
  exchange.startJson(Buffer.byteLength(how === 'fin' ? half : text));
  exchange.write(half);
}

function withHalfData(event: StreamEvent): StreamEvent {
  return { ...event, frame: `${halfOf(event.frame.trimEnd())}\n\n` };
}

function startBehindDelta(events: readonly StreamEvent[]): readonly StreamEvent[] {
  const start = events.findIndex(({ type }) => type === 'content_block_start');
  const delta = events.findIndex(({ type }) => type === 'content_block_delta');
  if (start < 0 || delta < 0) return events;
  return [...events.slice(0, start), ...events.slice(start + 1, delta + 1), ...events.slice(start, start + 1), ...events.slice(delta + 1)];
}
