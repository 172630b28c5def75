import { cleanText } from '../../kernel/text.js';
import type { AssistantBlock, Message, TextBlock, ToolResultBlock } from '../../kernel/transcript.js';

export type UserBlock = TextBlock | ToolResultBlock;
export type Block = AssistantBlock | UserBlock;

/** The letters that the API takes in an id. */
const ID = /^[a-zA-Z0-9_-]+$/;
/** The same for the name of a tool, with its length. */
const NAME = /^[a-zA-Z0-9_-]{1,200}$/;

/** What a turn consists of; a bare text is one block. */
export function blocksOf({ content }: Message): readonly Block[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  return Array.isArray(content) ? content as readonly Block[] : []; // whoever stored it need not know our types
}

/** Two turns of one role as one. */
export function joined(first: Message, second: Message): Message {
  return { role: first.role, content: [...blocksOf(first), ...blocksOf(second)] } as Message;
}

/** True for a block that the API reads in a turn of this role: no text is blank, and a tool call is one that can be answered. */
export function isReadable(block: Block, role: Message['role']): boolean {
  switch (block.type) {
    case 'text': return isFilled(block.text);
    case 'tool_result': return role === 'user' && isFilled(block.content);
    case 'tool_use': return role === 'assistant' && ID.test(block.id) && NAME.test(block.name) && isObject(block.input);
    default: return role === 'assistant';
  }
}

/** True when no text inside is broken or has a NUL, names of fields included: the API and the stores refuse both. */
export function isClean(value: unknown): boolean {
  if (typeof value === 'string') return cleanText(value) === value;
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([name, entry]) => isClean(name) && isClean(entry));
}

function isFilled(text: unknown): boolean {
  return typeof text === 'string' && text.trim() !== '';
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
