import type { Lease, StoredEvent } from '../store/run-record.js';
import type { RunStore } from '../store/run-store.js';
import type { RunEvent, RunListener } from './run-event.js';

/** Numbers that each holder of a run has for its events, so that the next holder never uses one that a client may have seen. */
const NUMBERS_PER_HOLDER = 1_000_000;
/** Milliseconds that text may wait to be saved with more of it. A step saves it at once. */
const TEXT_MILLISECONDS = 25;

/** What must be safe before the next step, and before anybody hears of it. */
const STEPS: ReadonlySet<RunEvent['type']> = new Set<RunEvent['type']>(['reply.received', 'tool.started', 'tool.completed', 'run.ended']);

/** Follows from an iteration, or is only worth something to whoever watches the process. */
const UNSAVED: ReadonlySet<RunEvent['type']> = new Set<RunEvent['type']>(['iteration.started', 'iteration.completed']);

/** An event that waits. Text that comes before it is saved grows it, and has the number of its last piece. */
interface Unsaved extends StoredEvent {
  seq: number;
  readonly texts: string[] | undefined;
}

export interface RunLogHooks {
  /** Hears of text at once, and of a step when it is safe, in the order of their numbers. */
  readonly show?: RunListener | undefined;
  /** Something new is on record. */
  readonly onSaved: () => void;
  readonly onCancelRequested: () => void;
  /** The log can not be written any more: the run has lost its lease, or the store is away. */
  readonly onFailed: (error: unknown) => void;
}

/** The log of one run while somebody holds it: numbers what happens, makes it safe, and shows it. */
export class RunLog {
  private seq: number;
  private unsaved: Unsaved[] = [];
  private unshown: [RunEvent, number][] = [];
  private saving = Promise.resolve();
  private next: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(private readonly store: Pick<RunStore, 'append'>, readonly lease: Lease, private readonly hooks: RunLogHooks) {
    this.seq = lease.fence * NUMBERS_PER_HOLDER;
  }

  /** True when nobody held the run before, so that nothing is on record. */
  get isFirst(): boolean {
    return this.lease.fence === 1;
  }

  /** Takes note of what happened. The end of a tool call is saved at once, other steps by whoever goes on, text with what comes after it. */
  add(event: RunEvent): void {
    if (this.closed || UNSAVED.has(event.type)) return;
    this.seq += 1;
    this.note(event);
    if (this.unshown.length > 0 || STEPS.has(event.type)) this.unshown.push([event, this.seq]);
    else this.hooks.show?.(event, this.seq);
    if (event.type === 'tool.completed') void this.save().catch(toldAlready);
    else this.timer ??= setTimeout(() => void this.save().catch(toldAlready), TEXT_MILLISECONDS);
  }

  /** Resolves when everything so far is committed. @throws Failure `lease_lost` or `store_unavailable` */
  save(): Promise<void> {
    return this.next ??= this.saving.then(() => this.write());
  }

  /** What is not saved yet, for whoever ends the run and saves it with that. What is added afterwards is dropped: a tool can be late. */
  async rest(last: RunEvent): Promise<readonly StoredEvent[]> {
    this.add(last);
    this.closed = true;
    clearTimeout(this.timer);
    await this.saving;
    return this.unsaved.map(entryOf);
  }

  /** Shows what `rest` gave out, now that it is safe. */
  showRest(): void {
    this.showSafe(Infinity);
  }

  /** Shows what waited for a step, up to the next one that is not safe. */
  private showSafe(saved: number): void {
    const unsafe = this.unshown.findIndex(([event, seq]) => seq > saved && STEPS.has(event.type));
    for (const [event, seq] of this.unshown.splice(0, unsafe < 0 ? Infinity : unsafe)) this.hooks.show?.(event, seq);
  }

  private note({ type, ...data }: RunEvent): void {
    const last = this.unsaved.at(-1);
    const text = 'text' in data ? data.text : undefined;
    if (text !== undefined && last?.texts) {
      last.texts.push(text);
      last.seq = this.seq;
    } else {
      const texts = text === undefined ? undefined : [text];
      this.unsaved.push({ seq: this.seq, at: Date.now(), type, data: texts ? { texts } : data, texts });
    }
  }

  private async write(): Promise<void> {
    this.next = undefined;
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.closed) return;
    const batch = this.unsaved.splice(0).map(entryOf);
    if (batch.length === 0) return;
    const last = this.seq;
    this.saving = this.store.append(this.lease, batch).then(({ cancelRequested }) => {
      this.showSafe(last);
      this.hooks.onSaved();
      if (cancelRequested) this.hooks.onCancelRequested();
    });
    this.saving.catch((error: unknown) => this.hooks.onFailed(error));
    await this.saving;
  }
}

function entryOf({ seq, at, type, data }: Unsaved): StoredEvent {
  return { seq, at, type, data };
}

/** `onFailed` has heard of it, and the next one who waits for the log will. */
function toldAlready(): void {}
