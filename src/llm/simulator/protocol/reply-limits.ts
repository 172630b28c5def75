import type { MessagesRequest, ReplyBlock, ReplyDraft } from './messages-protocol.js';
import { tokensOf } from './token-estimate.js';

/**
 * Ends a reply where the request says that it must end: at a stop sequence, or after `max_tokens`.
 * A tool call that does not fit is left out whole. Scripted replies do not come here: they are played as written.
 */
export function withinLimits(draft: ReplyDraft, request: MessagesRequest): ReplyDraft {
  return cutAtLength(cutAtSequence(draft, request.stop_sequences ?? []), request.max_tokens ?? Infinity);
}

function cutAtSequence(draft: ReplyDraft, sequences: readonly string[]): ReplyDraft {
  for (const [position, block] of draft.content.entries()) {
    if (block.type !== 'text') continue;
    const [first] = sequences
      .map((sequence) => ({ sequence, at: block.text.indexOf(sequence) }))
      .filter(({ at }) => at >= 0)
      .sort((one, other) => one.at - other.at);
    if (!first) continue;
    const text = block.text.slice(0, first.at);
    const kept = draft.content.slice(0, position);
    return {
      content: text.trim() === '' ? kept : [...kept, { type: 'text', text }],
      stopReason: 'stop_sequence',
      stopSequence: first.sequence,
    };
  }
  return draft;
}

function cutAtLength(draft: ReplyDraft, mostTokens: number): ReplyDraft {
  let left = mostTokens;
  const content: ReplyBlock[] = [];
  for (const block of draft.content) {
    const tokens = tokensOf(block.type === 'text' ? block.text.length : JSON.stringify(block).length);
    if (tokens > left) {
      // The cut may not leave the first half of a surrogate pair at the end.
      const text = block.type === 'text' ? block.text.slice(0, left * 4).replace(/[\uD800-\uDBFF]$/, '') : '';
      if (text.trim() !== '') content.push({ type: 'text', text });
      return { content, stopReason: 'max_tokens' };
    }
    left -= tokens;
    content.push(block);
  }
  return draft;
}
