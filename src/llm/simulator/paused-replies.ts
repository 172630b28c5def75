import { isDeepStrictEqual } from 'node:util';
import { isObject, type Fields } from './protocol/field-checks.js';
import type { MessageBlock } from './protocol/messages-protocol.js';
import { RecentItems } from './request-record.js';

const MOST_KEPT = 100;

/** The fields that make a block what it is. Clients keep no others: no `citations`, no `caller`. */
const ESSENCE: Readonly<Record<string, readonly string[]>> = {
  text: ['text'], tool_use: ['id', 'name', 'input'], thinking: ['thinking', 'signature'], redacted_thinking: ['data'],
};

/** The contents of the last replies that stopped with `pause_turn`: the only ones that a history may end with. */
export class PausedReplies {
  private readonly kept = new RecentItems<readonly Fields[]>(MOST_KEPT);

  /** A reply without content is not kept: every history would end with it. */
  remember(content: readonly MessageBlock[]): void {
    // What went over the wire is compared, so a key that was undefined is gone.
    const essence = essenceOf(JSON.parse(JSON.stringify(content)) as Fields[]);
    if (essence.length > 0) this.kept.add(essence);
  }

  /** True when the last blocks of an assistant turn are the content of a paused reply. */
  areContinuedBy(content: unknown): boolean {
    const blocks = essenceOf(typeof content === 'string' ? [{ type: 'text', text: content }] : (content as readonly unknown[]).filter(isObject));
    return this.kept.items.some((paused) => isDeepStrictEqual(blocks.slice(-paused.length), paused));
  }
}

/** Blank texts and blocks of unknown types are left out, as a client that keeps a history leaves them out. */
function essenceOf(blocks: readonly Fields[]): Fields[] {
  return blocks.flatMap((block) => {
    const { type, text } = block;
    const names = ESSENCE[String(type)];
    if (!names || (typeof text === 'string' && text.trim() === '')) return [];
    return [Object.fromEntries(['type', ...names].map((name) => [name, block[name]]))];
  });
}
