import type { Message } from '../../src/kernel/transcript.js';
import type { RunStore } from '../../src/store/run-store.js';

/** Puts a conversation on record as an earlier version of the service might have: nothing checks it. */
export async function storeConversation(store: RunStore, conversationId: string, turns: readonly Message[]): Promise<void> {
  const begun = await store.begin({
    id: `run_${crypto.randomUUID()}`, conversationId, mayBeginConversation: true, correlationId: 'earlier', channel: 'http', message: 'earlier', detached: false, priority: 0,
  });
  if (begun.kind === 'created') await store.end(begun.lease, { outcome: 'success', turns, events: [], forgetKey: false });
}
