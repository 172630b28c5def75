import { deliver, deliverEvents } from './delivery.js';
import { event, messageEvents, WHOLE_TEXT, type StreamEvent } from './protocol/message-events.js';
import type { Message, ReplyBlock, ReplyDraft } from './protocol/messages-protocol.js';
import type { Exchange } from './exchange.js';
import type { ScriptedSteps, StreamOddity } from './scripted-step.js';
import type { Turn } from './turn.js';

const HUGE_EVENT_BYTES = 8 * 1024 * 1024;
const PINGS_AFTER_EACH_EVENT = 10;

interface Oddity {
  /** Changes what is said, for JSON and for a stream. */
  readonly draft?: (draft: ReplyDraft, step: ScriptedSteps['oddity']) => ReplyDraft;
  /** Changes how a stream says it. */
  readonly events?: (message: Message) => readonly StreamEvent[];
  /** Changes how the stream is cut into chunks. */
  readonly send?: (exchange: Exchange, events: readonly StreamEvent[]) => Promise<void>;
}

const ODDITIES: { readonly [What in StreamOddity]: Oddity } = {
  crlf: { events: (message) => messageEvents(message).map(({ frame, ...rest }) => ({ ...rest, frame: frame.replaceAll('\n', '\r\n') })) },
  split_utf8: { send: sendInPieces },
  unknown_event: { events: (message) => withAfterEach(message, [event('unheard_of', { note: 'No client knows this type.' })]) },
  huge_event: {
    draft: (_, { bytes = HUGE_EVENT_BYTES }) => ({ content: [{ type: 'text', text: 'x'.repeat(bytes) }] }),
    events: (message) => messageEvents(message, WHOLE_TEXT),
  },
  ping: { events: (message) => withAfterEach(message, Array.from({ length: PINGS_AFTER_EACH_EVENT }, () => event('ping', {}))) },
  thinking: { draft: (draft) => beginningWith({ type: 'thinking', thinking: 'Let me think about this for a moment.', signature: 'c2lnbmF0dXJl' }, draft) },
  unknown_block: { draft: (draft) => beginningWith({ type: 'unheard_of', note: 'No client knows this type.' }, draft) },
};

export async function answerOddly(turn: Turn, step: ScriptedSteps['oddity']): Promise<void> {
  const { exchange, streamed, pace } = turn;
  const { draft = (same: ReplyDraft) => same, events = (message: Message) => messageEvents(message), send }: Oddity = ODDITIES[step.what];
  const message = turn.compose(draft(step.content ? { content: step.content } : turn.understood(), step));
  if (!streamed) return deliver(exchange, message, false, pace);
  await deliverEvents(exchange, message, send ? [] : events(message), pace);
  await send?.(exchange, events(message));
  exchange.end();
}

function withAfterEach(message: Message, extra: readonly StreamEvent[]): StreamEvent[] {
  return messageEvents(message).flatMap((each) => (each.type === 'message_stop' ? [each] : [each, ...extra]));
}

function beginningWith(block: ReplyBlock, draft: ReplyDraft): ReplyDraft {
  return { ...draft, content: [block, ...draft.content] };
}

/** Each byte outside ASCII is a write of its own, and what is between them another. The wait keeps the writes from being joined. */
async function sendInPieces(exchange: Exchange, events: readonly StreamEvent[]): Promise<void> {
  const bytes = Buffer.from(events.map(({ frame }) => frame).join(''));
  for (const [piece] of bytes.toString('latin1').matchAll(/[\u0080-\u00ff]|[^\u0080-\u00ff]+/g)) {
    exchange.write(Buffer.from(piece, 'latin1'));
    await exchange.flushed();
  }
}
