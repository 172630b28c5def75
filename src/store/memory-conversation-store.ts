import { getHeapStatistics } from 'node:v8';
import type { Message } from '../kernel/transcript.js';
import { ConversationStore } from './conversation-store.js';

/** Conversations kept at most; the one that was used longest ago goes first. Bounds memory under many one-question callers. */
const MOST_CONVERSATIONS = 10_000;
/** Share of the heap limit that they may take, at two bytes a character: what is being done needs the rest. */
const MOST_OF_HEAP = 1 / 8;
const BYTES_PER_CHARACTER = 2;

interface Kept { readonly turns: readonly Message[]; readonly characters: number }

/** Conversations in the memory of this process. They end with it. */
export class MemoryConversationStore extends ConversationStore {
  /** A Map keeps insertion order: the last used conversation comes last. */
  private readonly conversations = new Map<string, Kept>();
  private characters = 0;

  constructor(private readonly mostCharacters = getHeapStatistics().heap_size_limit * MOST_OF_HEAP / BYTES_PER_CHARACTER) {
    super();
  }

  override async load(id: string): Promise<readonly Message[] | undefined> {
    return this.conversations.get(id)?.turns;
  }

  override async append(id: string, turns: readonly Message[]): Promise<void> {
    const before = this.forget(id);
    const characters = (before?.characters ?? 0) + JSON.stringify(turns).length;
    this.conversations.set(id, { turns: [...before?.turns ?? [], ...turns], characters });
    this.characters += characters;
    for (const oldest of this.conversations.keys()) {
      if (oldest === id || (this.conversations.size <= MOST_CONVERSATIONS && this.characters <= this.mostCharacters)) break;
      this.forget(oldest);
    }
  }

  override async count(): Promise<number> {
    return this.conversations.size;
  }

  private forget(id: string): Kept | undefined {
    const kept = this.conversations.get(id);
    if (kept && this.conversations.delete(id)) this.characters -= kept.characters;
    return kept;
  }
}
