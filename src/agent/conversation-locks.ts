import { Failure } from '../kernel/failure.js';

/** One run at a time per conversation: two at once would interleave their turns into a history no model accepts. */
export class ConversationLocks {
  private readonly held = new Set<string>();

  /** @throws Failure `conversation_busy` instead of waiting: the caller knows best whether to try again. */
  async hold<R>(id: string, work: () => Promise<R>): Promise<R> {
    if (this.held.has(id)) {
      throw new Failure('conversation_busy', {
        errorType: 'conversation_busy', retryable: true, retryAfterSeconds: 1,
        publicMessage: 'Another request of this conversation is still running.',
      });
    }
    this.held.add(id);
    try {
      return await work();
    } finally {
      this.held.delete(id);
    }
  }
}
