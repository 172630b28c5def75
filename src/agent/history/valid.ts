import { toolCallsOf, type Message, type ToolUseBlock } from '../../kernel/transcript.js';
import { blocksOf } from './blocks.js';

/** True when a new question behind this history makes a valid request. Cheap: every run asks. */
export function isValidHistory(history: readonly Message[]): boolean {
  const known = new Set<string>();
  let awaited: readonly ToolUseBlock[] = [];
  for (const [index, turn] of history.entries()) {
    if (turn.role !== (index % 2 === 0 ? 'user' : 'assistant') || turn.content.length === 0 || !hasGoodBlocks(turn)) return false;
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

/** No text is blank, and none is broken or has a NUL, inputs of calls included: the API and the stores refuse that. */
function hasGoodBlocks(turn: Message): boolean {
  if (turn.role === 'assistant' && !Array.isArray(turn.content)) return false;
  return blocksOf(turn).every((block) => {
    const text = block.type === 'text' ? block.text : block.type === 'tool_result' ? block.content : undefined;
    return text?.trim() !== '' && isClean(block);
  });
}

function isClean(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed() && !value.includes('\0');
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([name, entry]) => isClean(name) && isClean(entry));
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
