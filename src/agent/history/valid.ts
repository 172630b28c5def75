import { toolCallsOf, type Message, type ToolUseBlock } from '../../kernel/transcript.js';
import { blocksOf } from './blocks.js';

/** True when a new question behind this history makes a valid request. Cheap: every run asks. */
export function isValidHistory(history: readonly Message[]): boolean {
  const known = new Set<string>();
  let awaited: readonly ToolUseBlock[] = [];
  for (const [index, turn] of history.entries()) {
    if (turn.role !== (index % 2 === 0 ? 'user' : 'assistant') || turn.content.length === 0 || !hasGoodTexts(turn)) return false;
    if (turn.role === 'user') {
      if (!answersExactly(turn, awaited)) return false;
      awaited = [];
    } else {
      awaited = toolCallsOf(turn.content);
      for (const { id } of awaited) {
        if (known.has(id)) return false;
        known.add(id);
      }
    }
  }
  return history.length % 2 === 0 && awaited.length === 0;
}

/** No text is blank, broken or has a NUL: the API and the stores refuse all three. */
function hasGoodTexts(turn: Message): boolean {
  return blocksOf(turn).every((block) => {
    const text = block.type === 'text' ? block.text : block.type === 'tool_result' ? block.content : undefined;
    return text === undefined || (text.trim() !== '' && text.isWellFormed() && !text.includes('\0'));
  });
}

/** One result for each call, first and in their order; none for anything else. */
function answersExactly({ content }: Extract<Message, { role: 'user' }>, calls: readonly ToolUseBlock[]): boolean {
  if (typeof content === 'string') return calls.length === 0;
  const results = content.filter(({ type }) => type === 'tool_result').length;
  if (results !== calls.length) return false;
  return calls.every(({ id }, index) => {
    const block = content[index];
    return block?.type === 'tool_result' && block.tool_use_id === id;
  });
}
