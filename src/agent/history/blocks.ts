import type { AssistantBlock, Message, TextBlock, ToolResultBlock } from '../../kernel/transcript.js';

export type UserBlock = TextBlock | ToolResultBlock;

/** What a turn consists of; a bare text is one block. */
export function blocksOf({ content }: Message): readonly (AssistantBlock | UserBlock)[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : content;
}

/** Two turns of one role as one. */
export function joined(first: Message, second: Message): Message {
  return { role: first.role, content: [...blocksOf(first), ...blocksOf(second)] } as Message;
}
