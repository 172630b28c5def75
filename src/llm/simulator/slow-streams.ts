import { deliverEvents } from './delivery.js';
import { event, messageEvents } from './protocol/message-events.js';
import type { ScriptedSteps } from './scripted-step.js';
import { messageOf, type Turn } from './turn.js';

const EVERY_MILLISECONDS = 200;

/** A JSON request, which can not be pinged, gets headers and silence. */
export async function pingForever(turn: Turn, { content, everyMilliseconds = EVERY_MILLISECONDS }: ScriptedSteps['ping_forever']): Promise<void> {
  const { exchange, streamed, pace } = turn;
  const message = messageOf(turn, content);
  if (!streamed) {
    exchange.startJson(2);
    await exchange.flushed();
    return exchange.ended();
  }
  await deliverEvents(exchange, message, messageEvents(message).slice(0, 1), pace);
  while (!exchange.closed) {
    exchange.write(event('ping', {}).frame);
    await exchange.pause(everyMilliseconds);
  }
}

export async function drip(turn: Turn, { content, bytes = 1, everyMilliseconds = EVERY_MILLISECONDS }: ScriptedSteps['drip']): Promise<void> {
  const { exchange, streamed } = turn;
  const message = messageOf(turn, content);
  const body = Buffer.from(streamed ? messageEvents(message).map(({ frame }) => frame).join('') : JSON.stringify(message));
  if (streamed) exchange.startStream({});
  else exchange.startJson(body.length);
  for (let at = 0; at < body.length && !exchange.closed; at += bytes) {
    exchange.write(body.subarray(at, at + bytes));
    await exchange.pause(everyMilliseconds);
  }
  exchange.end();
}
