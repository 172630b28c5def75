import type { StoredEvent } from '../run-record.js';
import { insertEvents, MOST_EVENTS_AT_ONCE, type EventRow } from './lease-statements.js';
import type { Session } from './session.js';

/** Made once, outside of the transaction, which may be repeated. */
export function eventRows(events: readonly StoredEvent[]): readonly EventRow[] {
  return events.map(({ seq, at, type, data }) => ({ seq, at, type, data: JSON.stringify(data) }));
}

export async function appendEvents(session: Session, runId: string, rows: readonly EventRow[]): Promise<void> {
  for (let from = 0; from < rows.length; from += MOST_EVENTS_AT_ONCE) {
    const events = rows.slice(from, from + MOST_EVENTS_AT_ONCE);
    const statement = insertEvents[events.length - 1];
    if (statement) await session.change(statement, { runId, events });
  }
}
