import type { Pace } from './delivery.js';
import type { Exchange } from './exchange.js';
import type { Message, ReplyBlock, ReplyDraft } from './protocol/messages-protocol.js';

/** A validated request that waits for its answer. */
export interface Turn {
  readonly exchange: Exchange;
  readonly streamed: boolean;
  readonly pace: Pace;
  /** What the simulator understands of the request. */
  readonly understood: () => ReplyDraft;
  /** Makes the answer of a draft. */
  readonly compose: (draft: ReplyDraft) => Message;
}

/** The message that a fault happens to: of the step's content, or of what the simulator understands. */
export function messageOf(turn: Turn, content: readonly ReplyBlock[] | undefined): Message {
  return turn.compose(content ? { content } : turn.understood());
}
