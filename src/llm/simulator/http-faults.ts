import { deliver } from './delivery.js';
import { halfOf } from './halves.js';
import { messageEvents } from './protocol/message-events.js';
import { ApiError } from './protocol/api-error.js';
import type { ScriptedSteps } from './scripted-step.js';
import { messageOf, type Turn } from './turn.js';

/** Events before the one inside which `reset` with `mid_body` strikes. */
const EVENTS_BEFORE_RESET = 4;

export async function refuse({ exchange }: Turn, { status, type, message, headers }: ScriptedSteps['error']): Promise<void> {
  exchange.sendError(new ApiError(status, type, message ?? defaultMessage(type), headers));
}

export async function sendRawBody({ exchange }: Turn, { status, contentType, text }: ScriptedSteps['body']): Promise<void> {
  exchange.sendText(status, contentType, text);
}

export async function hang(turn: Turn, { when = 'before_headers' }: ScriptedSteps['hang']): Promise<void> {
  if (when === 'after_headers') await sendHeaders(turn);
  await turn.exchange.ended();
}

export async function reset(turn: Turn, { when = 'before_headers', content }: ScriptedSteps['reset']): Promise<void> {
  if (when === 'after_headers') await sendHeaders(turn);
  if (when === 'mid_body') await sendPart(turn, content);
  turn.exchange.reset();
}

export async function answerLate(turn: Turn, { milliseconds, content }: ScriptedSteps['slow']): Promise<void> {
  await turn.exchange.pause(milliseconds);
  await deliver(turn.exchange, messageOf(turn, content), turn.streamed, turn.pace);
}

export function defaultMessage(type: string): string {
  return type === 'overloaded_error' ? 'Overloaded' : `Simulated ${type}`;
}

async function sendHeaders({ exchange, streamed }: Turn): Promise<void> {
  if (streamed) exchange.startStream({});
  else exchange.startJson(2);
  await exchange.flushed();
}

/** Ends in the middle of an event, or of a JSON body. */
async function sendPart(turn: Turn, content: ScriptedSteps['reset']['content']): Promise<void> {
  const { exchange, streamed } = turn;
  const message = messageOf(turn, content);
  if (streamed) {
    const events = messageEvents(message).map(({ frame }) => frame);
    exchange.startStream({});
    exchange.write(events.slice(0, EVENTS_BEFORE_RESET).join('') + halfOf(events[EVENTS_BEFORE_RESET] ?? ''));
  } else {
    const text = JSON.stringify(message);
    exchange.startJson(Buffer.byteLength(text));
    exchange.write(halfOf(text));
  }
  await exchange.flushed();
}
