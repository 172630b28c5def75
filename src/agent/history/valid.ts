import { toolCallsOf, type Message, type ToolUseBlock } from '../../kernel/transcript.js';
import { blocksOf, isClean, isReadable } from './blocks.js';

/** True when a new question behind this history makes a valid request. Cheap: every run asks. */
export function isValidHistory(history: readonly Message[]): boolean {
  const known = new Set<string>();
  let awaited: readonly ToolUseBlock[] = [];
  for (const [index, turn] of history.entries()) {
    if (turn.role !== (index % 2 === 0 ? 'user' : 'assistant') || !isReadableTurn(turn)) return false;
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

/** It says something, and nothing of it is what the API or the stores refuse. Only a person's turn may be a bare text. */
function isReadableTurn(turn: Message): boolean {
  if (turn.role === 'assistant' && typeof turn.content === 'string') return false;
  const blocks = blocksOf(turn);
  return blocks.length > 0 && blocks.every((block) => isReadable(block, turn.role)) && isClean(turn);
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
