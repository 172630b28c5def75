import { Violation } from './api-error.js';
import { validateBlock } from './block-validation.js';
import { refuseExtras, requireArray, requireObject, requireOneOf, requireString, type Fields } from './field-checks.js';

const MESSAGE_FIELDS = new Set(['role', 'content']);
const NO_IDS: ReadonlySet<string> = new Set();

/** Says whether an assistant turn ends with a reply that was paused, so that its model may go on. */
export type Continuation = (content: unknown) => boolean;

/**
 * Checks a conversation: the shape of each block, who speaks when, and that each `tool_use` has exactly one
 * `tool_result` in the next turn. It ends with a user, or with a paused turn. Stricter than the real API in one point: it merges consecutive turns of one
 * role, and here they are refused, because a history that has them was written by a caller that lost a turn.
 * @throws Violation naming the path
 */
export function validateHistory(messages: unknown, isContinuation: Continuation): void {
  requireArray(messages, 'messages');
  if (messages.length === 0) throw new Violation('messages: at least one message is required');
  const usedIds = new Set<string>();
  let awaited = NO_IDS;
  messages.forEach((message: unknown, index) => {
    const path = `messages.${index}`;
    const role = checkSpeaker(message, index, path);
    const blocks = checkContent(message, role, path);
    if (role === 'user') checkResults(blocks, awaited, path);
    awaited = role === 'assistant' ? toolUseIds(blocks, usedIds, path) : NO_IDS;
  });
  if (messages.length % 2 === 0 && !isContinuation((messages.at(-1) as Fields)['content'])) {
    throw new Violation(`messages.${messages.length - 1}: This model does not support assistant message prefill. The conversation must end with a user message.`);
  }
}

/** Roles alternate from a first `user`, so the index alone says who must speak. */
function checkSpeaker(message: unknown, index: number, path: string): string {
  requireObject(message, path);
  refuseExtras(message, MESSAGE_FIELDS, path);
  const role = message['role'];
  requireOneOf(role, ['user', 'assistant'], `${path}.role`);
  if (index === 0 && role !== 'user') throw new Violation(`${path}.role: first message must use the "user" role`);
  if (role !== (index % 2 === 0 ? 'user' : 'assistant')) {
    throw new Violation(`${path}.role: roles must alternate between "user" and "assistant", but found multiple "${role}" roles in a row`);
  }
  return role;
}

function checkContent(message: unknown, role: string, path: string): readonly Fields[] {
  const content = (message as Fields)['content'];
  if (typeof content === 'string') {
    if (content.trim() === '') throw new Violation(`${path}.content: ${role} messages must have non-empty content`);
    return [];
  }
  if (content === undefined) throw new Violation(`${path}.content: Field required`);
  requireArray(content, `${path}.content`);
  if (content.length === 0) throw new Violation(`${path}.content: ${role} messages must have non-empty content`);
  content.forEach((block, position) => validateBlock(block, role, `${path}.content.${position}`));
  return content as readonly Fields[];
}

function checkResults(blocks: readonly Fields[], awaited: ReadonlySet<string>, path: string): void {
  const answered = new Set<string>();
  blocks.forEach((block, position) => {
    if (block['type'] !== 'tool_result') return;
    const id = block['tool_use_id'];
    requireString(id, path);
    const blockPath = `${path}.content.${position}`;
    if (!awaited.has(id)) {
      throw new Violation(`${blockPath}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${id}. Each \`tool_result\` block must have a corresponding \`tool_use\` block in the previous message.`);
    }
    if (answered.has(id)) throw new Violation(`${blockPath}: each tool_use must have a single result. Found multiple \`tool_result\` blocks with id: ${id}`);
    if (position !== answered.size) throw new Violation(`${blockPath}: \`tool_result\` blocks must come first in the message`);
    answered.add(id);
  });
  if (answered.size === awaited.size) return;
  const missing = [...awaited].filter((id) => !answered.has(id));
  throw new Violation(`${path}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${missing.join(', ')}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`);
}

function toolUseIds(blocks: readonly Fields[], usedIds: Set<string>, path: string): ReadonlySet<string> {
  const ids = new Set<string>();
  blocks.forEach((block, position) => {
    if (block['type'] !== 'tool_use') return;
    const id = block['id'];
    requireString(id, path);
    if (usedIds.has(id)) throw new Violation(`${path}.content.${position}.id: \`tool_use\` ids must be unique`);
    usedIds.add(id);
    ids.add(id);
  });
  return ids;
}
