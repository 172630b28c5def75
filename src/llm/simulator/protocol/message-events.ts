import { RAW_INPUT, type Message, type MessageBlock } from './messages-protocol.js';
import { tokensOf } from './token-estimate.js';

/** One server-sent event as it goes over the wire, and what it costs a model to say. */
export interface StreamEvent {
  readonly type: string;
  readonly frame: string;
  readonly tokens: number;
}

/** At least twelve code points up to the end of a word; a word longer than that is cut after 48. */
const TEXT_PIECES = /[^]{12,47}?\s+(?=\S)|[^]{1,48}/gu;

/** For `messageEvents`: a text of any length is one delta. No pattern: one that takes everything runs out of stack at some megabytes. */
export const WHOLE_TEXT = 'whole';
type TextPieces = RegExp | typeof WHOLE_TEXT;

/**
 * The event sequence of the Messages API for one message: `message_start`, then per block its start, its
 * deltas and its stop (with one `ping` after the first start), `message_delta` with the stop reason and the
 * cumulative usage, `message_stop`. `textPieces` says what one delta of a text is.
 */
export function messageEvents(message: Message, textPieces: TextPieces = TEXT_PIECES): StreamEvent[] {
  const { content, usage } = message;
  const start = { ...message, content: [], stop_reason: null, stop_sequence: null, usage: { ...usage, output_tokens: 1 } };
  const events = [event('message_start', { message: start })];
  if (content.length === 0) events.push(event('ping', {}));
  content.forEach((block, index) => {
    events.push(event('content_block_start', { index, content_block: emptied(block) }));
    if (index === 0) events.push(event('ping', {}));
    events.push(...deltas(block, textPieces).map(({ delta, tokens }) => event('content_block_delta', { index, delta }, tokens)));
    events.push(event('content_block_stop', { index }));
  });
  const { stop_reason, stop_sequence, stop_details, container } = message;
  events.push(event('message_delta', { delta: { container, stop_details, stop_reason, stop_sequence }, usage: cumulative(message) }));
  events.push(event('message_stop', {}));
  return events;
}

/** An `error` event, as the API sends it when something fails after the status line. */
export function errorEvent(body: object): StreamEvent {
  return event('error', body);
}

/** One event of any type. */
export function event(type: string, fields: object, tokens = 0): StreamEvent {
  return { type, frame: `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`, tokens };
}

function emptied(block: MessageBlock): object {
  switch (block.type) {
    case 'text':
      return { ...block, text: '' };
    case 'tool_use':
      return { ...block, input: {} };
    case 'thinking':
      return { ...block, thinking: '', signature: '' };
    case 'redacted_thinking':
    case 'unheard_of':
      return block;
  }
}

interface Delta {
  readonly delta: object;
  readonly tokens: number;
}

function deltas(block: MessageBlock, textPieces: TextPieces): Delta[] {
  switch (block.type) {
    case 'text':
      return pieces(block.text, textPieces, (text) => ({ type: 'text_delta', text }));
    case 'tool_use':
      return inputDeltas(block[RAW_INPUT] ?? JSON.stringify(block.input));
    case 'thinking':
      return [
        ...pieces(block.thinking, textPieces, (thinking) => ({ type: 'thinking_delta', thinking })),
        { delta: { type: 'signature_delta', signature: block.signature }, tokens: 0 },
      ];
    case 'redacted_thinking':
    case 'unheard_of':
      return [];
  }
}

/** Starts with an empty piece, as the real API does; then about eight code points each, at most some forty pieces. */
function inputDeltas(json: string): Delta[] {
  const pattern = new RegExp(`[^]{1,${Math.max(8, Math.ceil(json.length / 40))}}`, 'gu');
  const toDelta = (partial: string): object => ({ type: 'input_json_delta', partial_json: partial });
  return [{ delta: toDelta(''), tokens: 0 }, ...pieces(json, pattern, toDelta)];
}

function pieces(text: string, pattern: TextPieces, toDelta: (piece: string) => object): Delta[] {
  return (pattern === WHOLE_TEXT ? [text] : text.match(pattern) ?? []).map((piece) => ({ delta: toDelta(piece), tokens: tokensOf(piece.length) }));
}

function cumulative({ usage }: Message): object {
  return {
    cache_creation_input_tokens: usage.cache_creation_input_tokens,
    cache_read_input_tokens: usage.cache_read_input_tokens,
    input_tokens: usage.input_tokens,
    output_tokens: usage.output_tokens,
    output_tokens_details: usage.output_tokens_details,
    server_tool_use: usage.server_tool_use,
  };
}
