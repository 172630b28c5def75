import { Injectable } from '@nestjs/common';
import type { Message } from '../kernel/transcript.js';
import { ConversationStore } from './conversation-store.js';

/** Conversations kept at most; the one that was used longest ago goes first. Bounds memory under many one-question callers. */
const MOST_CONVERSATIONS = 10_000;

/** Conversations in the memory of this process. They end with it. */
@Injectable()
export class MemoryConversationStore extends ConversationStore {
  private readonly conversations = new Map<string, readonly Message[]>();

  override async load(id: string): Promise<readonly Message[] | undefined> {
    return this.conversations.get(id);
  }

  override async append(id: string, turns: readonly Message[]): Promise<void> {
    const before = this.conversations.get(id) ?? [];
    this.conversations.delete(id); // A Map keeps insertion order: the last used conversation comes last.
    this.conversations.set(id, [...before, ...turns]);
    const oldest = this.conversations.keys().next().value;
    if (this.conversations.size > MOST_CONVERSATIONS && oldest !== undefined) this.conversations.delete(oldest);
  }

  override async count(): Promise<number> {
    return this.conversations.size;
  }
}
