import { Injectable } from '@nestjs/common';
import { FACTS, type FactName, type FactShape } from '../kernel/facts.js';
import type { Journal, JournalEntry, JournalSink } from '../kernel/journal.js';
import type { Attributes, Observation, Pillar, Scope } from '../kernel/observer.js';
import { OPERATIONS, type OperationName } from '../kernel/operations.js';
import { currentRun } from '../kernel/run-context.js';
import type { Shape } from '../kernel/shape.js';

/** The facts with which a run is on record: from then on there is something to add to. */
const ON_RECORD: ReadonlySet<FactName> = new Set<FactName>(['run.begun', 'run.resumed']);
/** The operation that is a run: with its end, what was noted of it is complete. */
const WHOLE_RUN: OperationName = 'agent.process';
/** Entries of one run that are kept before they are handed on: those of a usual run are one batch. */
const MOST_ENTRIES = 100;

/**
 * Notes of each run what was observed in it, for whoever asks later why. Entries wait in memory and are never waited for: they can be
 * lost with the process, which the run's own log can not.
 */
@Injectable()
export class JournalPillar implements Pillar, Journal {
  private readonly buffers = new Map<string, JournalEntry[]>();
  private sink: JournalSink | undefined;

  writeTo(sink: JournalSink): void {
    this.sink = sink;
  }

  begin({ operation }: Observation): Scope {
    const runId = currentRun()?.runId;
    const at = Date.now();
    return {
      end: (observation) => {
        if (runId === undefined || !this.buffers.has(runId)) return;
        this.add(runId, { at, name: operation, data: entryOf(observation) });
        if (operation === WHOLE_RUN) this.handOn(runId);
      },
    };
  }

  note(fact: FactName, detail: Attributes): void {
    const runId = currentRun()?.runId;
    if (runId === undefined || !isNews(FACTS[fact])) return;
    if (ON_RECORD.has(fact)) this.buffers.set(runId, []);
    this.add(runId, { at: Date.now(), name: fact, data: detail });
  }

  private add(runId: string, entry: JournalEntry): void {
    const buffer = this.buffers.get(runId);
    if (buffer && buffer.push(entry) >= MOST_ENTRIES) this.handOn(runId, []);
  }

  private handOn(runId: string, next?: JournalEntry[]): void {
    const entries = this.buffers.get(runId);
    if (next) this.buffers.set(runId, next);
    else this.buffers.delete(runId);
    if (entries && entries.length > 0) this.sink?.(runId, entries);
  }
}

/** What is only counted says nothing about a run. */
function isNews({ log, spanEvent }: FactShape): boolean {
  return log !== undefined || spanEvent !== undefined;
}

function entryOf({ operation, attributes, durationSeconds, status, errorType, errorMessage }: Observation): object {
  const { content }: Shape = OPERATIONS[operation];
  const shown = content ? Object.fromEntries(Object.entries(attributes).filter(([name]) => !content.includes(name))) : attributes;
  return {
    ...shown, duration_ms: Math.round(durationSeconds * 1e6) / 1e3, status,
    ...(errorType && { error_type: errorType, error: errorMessage }),
  };
}
