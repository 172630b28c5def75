import type { IdempotencyClaim } from '../run-record.js';
import { conversationNotFound } from '../run-failures.js';
import type { Begun } from '../run-store.js';
import { claimKey, keyHolder, takeKeyOver } from './key-statements.js';
import { recordOf } from './run-rows.js';
import { beginConversation, findConversation, findRun, insertRun, type Creation } from './run-statements.js';
import type { Session } from './session.js';

/** Creates a run in the transaction of `session`, if its key is free. @throws Failure `conversation_not_found`, or Violation */
export async function createRun(session: Session, creation: Creation, claim?: IdempotencyClaim): Promise<Begun> {
  const { run } = creation;
  const known = claim && await claimed(session, run.id, claim);
  if (known && known.run.id !== run.id) return known;
  // A key that this very run has already: the transaction was committed before, and its answer lost.
  if (!known) await insert(session, creation);
  return { kind: 'created', lease: { runId: run.id, fence: creation.held } };
}

async function insert(session: Session, creation: Creation): Promise<void> {
  const { mayBeginConversation, conversationId } = creation.run;
  if (mayBeginConversation) await session.change(beginConversation, conversationId);
  else if (!await session.first(findConversation, conversationId)) throw conversationNotFound();
  await session.change(insertRun, creation);
}

/** Claims a key. Resolves with the run that has it already, if one does. */
async function claimed(session: Session, runId: string, claim: IdempotencyClaim): Promise<Extract<Begun, { kind: 'known' }> | undefined> {
  while (await session.change(claimKey, { claim, runId }) === 0) {
    const holder = await session.first(keyHolder, claim);
    if (!holder) continue; // It was forgotten a moment ago.
    const row = await session.first(findRun, holder.run_id);
    if (row) return { kind: 'known', run: recordOf(row), same: holder.fingerprint === claim.fingerprint };
    if (await session.change(takeKeyOver, { claim, runId, from: holder.run_id }) > 0) return undefined;
  }
  return undefined;
}
