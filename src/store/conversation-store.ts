import type { Message } from '../kernel/transcript.js';

/** Conversations: the messages of their completed runs, in order. */
export abstract class ConversationStore {
  /** Undefined when there is no such conversation (any more). */
  abstract load(id: string): Promise<readonly Message[] | undefined>;

  /** Adds the turns of one completed run, all or nothing. Creates the conversation with its first run. */
  abstract append(id: string, turns: readonly Message[]): Promise<void>;

  /** How many conversations are kept now. */
  abstract count(): Promise<number>;
}
