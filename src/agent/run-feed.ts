import { Injectable } from '@nestjs/common';
import { RunReader } from '../store/run-reader.js';
import type { RunRecord, StoredEvent } from '../store/run-record.js';
import { runNotFound } from './agent.service.js';
import type { RunEvent } from './run-event.js';
import { RunNews } from './run-news.js';

/** Entries of a log that are read at once. */
const PAGE = 500;
/** Milliseconds between two looks for a run that another process carries out. In this process, news come at once. */
const LOOK_MILLISECONDS = 200;

export type Followed =
  | { readonly event: RunEvent; readonly seq: number }
  /** The last one: the run has ended. */
  | { readonly ended: RunRecord; readonly seq: number };

/** Follows a run from what is on record of it, whichever process carries it out, from any event on, without a gap or a repetition. */
@Injectable()
export class RunFeed {
  constructor(private readonly reader: RunReader, private readonly news: RunNews) {}

  /**
   * Everything after event number `after` (0: everything), until the run ended or the signal aborts.
   * @throws Failure `run_not_found` or `store_unavailable`
   */
  async *follow(runId: string, after: number, signal: AbortSignal): AsyncGenerator<Followed, undefined> {
    let seen = after;
    while (!signal.aborted) {
      const run = await this.reader.find(runId); // before its log: then what an ended run has in it is all there will be
      if (!run) throw runNotFound();
      const entries = await this.reader.events(runId, seen, PAGE);
      for (const { event, seq } of entries.flatMap(eventsOf)) {
        if (seq <= seen) continue; // the beginning of a batch of text that was seen already
        seen = seq;
        if (event.type === 'run.ended') {
          yield { ended: run.status === 'ended' ? run : await this.result(runId, signal), seq };
          return undefined;
        }
        yield { event, seq };
      }
      if (entries.length === PAGE) continue;
      if (run.status === 'ended') return undefined;
      await this.news.wait(runId, LOOK_MILLISECONDS, signal);
    }
    return undefined;
  }

  /** The run when it has ended. @throws Failure `run_not_found` or `store_unavailable`, or the signal's reason */
  async result(runId: string, signal: AbortSignal): Promise<RunRecord> {
    for (;;) {
      const run = await this.reader.find(runId);
      if (!run) throw runNotFound();
      if (run.status === 'ended') return run;
      await this.news.wait(runId, LOOK_MILLISECONDS, signal);
      signal.throwIfAborted();
    }
  }
}

/** An entry as the events that it stands for: a batch of text has the number of its last piece. */
export function eventsOf({ type, seq, data }: StoredEvent): readonly { readonly event: RunEvent; readonly seq: number }[] {
  if (type !== 'text.delta') return [{ event: { type, ...data } as RunEvent, seq }];
  const { texts } = data as { readonly texts: readonly string[] };
  return texts.map((text, index) => ({ event: { type, text }, seq: seq - texts.length + 1 + index }));
}
