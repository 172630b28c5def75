import type { Reply } from '../kernel/transcript.js';
import type { StoredEvent } from '../store/run-record.js';
import type { ToolOutcome } from '../tools/toolbox.js';
import type { RunEvent } from './run-event.js';

/** One reply of the model, and how far its tool calls have come. */
export interface Round {
  readonly reply: Reply;
  readonly started: ReadonlySet<string>;
  readonly completed: ReadonlyMap<string, ToolOutcome>;
}

/** The events on record that say what was done, as they happened. */
export function stepsOn(log: readonly StoredEvent[]): readonly RunEvent[] {
  return log.filter(({ type }) => type === 'reply.received' || type === 'tool.started' || type === 'tool.completed' || type === 'run.degraded')
    .map(({ type, data }) => ({ type, ...data }) as RunEvent);
}

/** What a run has done already, reply by reply. */
export function roundsOf(events: readonly RunEvent[]): readonly Round[] {
  const rounds: { reply: Reply; started: Set<string>; completed: Map<string, ToolOutcome> }[] = [];
  for (const event of events) {
    const round = rounds.at(-1);
    if (event.type === 'reply.received') rounds.push({ reply: event.reply, started: new Set(), completed: new Map() });
    if (event.type === 'tool.started') round?.started.add(event.call.id);
    if (event.type === 'tool.completed') round?.completed.set(event.outcome.toolUseId, event.outcome);
  }
  return rounds;
}
