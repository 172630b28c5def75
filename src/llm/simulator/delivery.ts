import { errorEvent, messageEvents, type StreamEvent } from './protocol/message-events.js';
import type { ApiError } from './protocol/api-error.js';
import type { Exchange } from './exchange.js';
import type { Message } from './protocol/messages-protocol.js';

/** How fast the simulated model speaks. Zero means: at once, with no timer. */
export interface Pace {
  readonly timeToFirstTokenMilliseconds: number;
  readonly tokensPerSecond: number;
}

/** What the account may still use, as the API reports it with each answer. The simulator never refuses by it. */
const LIMITS = { requests: 4_000, 'input-tokens': 2_000_000, 'output-tokens': 400_000 } as const;
const WINDOW_MILLISECONDS = 60_000;

/** Answers with a message, as JSON or as a stream, and stops as soon as the client is gone. */
export async function deliver(exchange: Exchange, message: Message, streamed: boolean, pace: Pace): Promise<void> {
  await exchange.pause(pace.timeToFirstTokenMilliseconds);
  if (streamed) {
    exchange.startStream(rateLimitHeaders(message));
    await play(exchange, messageEvents(message), pace);
    exchange.end();
  } else {
    await exchange.pause(millisecondsFor(message.usage.output_tokens, pace));
    exchange.sendJson(200, message, rateLimitHeaders(message));
  }
}

/** Begins a message's stream with these events, whatever they are, and returns with the stream still open. */
export async function deliverEvents(exchange: Exchange, message: Message, events: readonly StreamEvent[], pace: Pace): Promise<void> {
  await exchange.pause(pace.timeToFirstTokenMilliseconds);
  exchange.startStream(rateLimitHeaders(message));
  await play(exchange, events, pace);
}

/** Ends an open stream with an `error` event. */
export function endWithError(exchange: Exchange, error: ApiError): void {
  exchange.end(errorEvent(error.body(exchange.requestId)).frame);
}

/** Without a pace all events are one write. With one, each is sent when a model would have said it. */
async function play(exchange: Exchange, events: readonly StreamEvent[], pace: Pace): Promise<void> {
  if (pace.tokensPerSecond <= 0) {
    exchange.write(events.map(({ frame }) => frame).join(''));
    return;
  }
  const start = performance.now();
  let tokens = 0;
  let waiting = '';
  for (const { frame, tokens: eventTokens } of events) {
    tokens += eventTokens;
    const early = start + millisecondsFor(tokens, pace) - performance.now();
    if (early >= 1) {
      exchange.write(waiting);
      waiting = '';
      await exchange.pause(early);
    }
    if (exchange.closed) return;
    waiting += frame;
  }
  exchange.write(waiting);
}

function millisecondsFor(tokens: number, { tokensPerSecond }: Pace): number {
  return tokensPerSecond > 0 ? (tokens / tokensPerSecond) * 1_000 : 0;
}

function rateLimitHeaders({ usage }: Message): Record<string, string> {
  const used = { requests: 1, 'input-tokens': usage.input_tokens, 'output-tokens': usage.output_tokens };
  const reset = new Date(Date.now() + WINDOW_MILLISECONDS).toISOString();
  const headers: Record<string, string> = {};
  for (const name of ['requests', 'input-tokens', 'output-tokens'] as const) {
    headers[`anthropic-ratelimit-${name}-limit`] = String(LIMITS[name]);
    headers[`anthropic-ratelimit-${name}-remaining`] = String(Math.max(0, LIMITS[name] - used[name]));
    headers[`anthropic-ratelimit-${name}-reset`] = reset;
  }
  return headers;
}
