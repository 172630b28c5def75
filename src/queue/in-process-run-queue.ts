import { Failure } from '../kernel/failure.js';
import type { RunStore } from '../store/run-store.js';
import { RunQueue, type Handled } from './run-queue.js';

/** Milliseconds between two looks by itself: nobody tells when a conversation has no run any more, or when the store is back. */
const LOOK_MILLISECONDS = 250;

/** Workers in this process: they take from the store what it holds as queued, in its order, so runs of an earlier process too. */
export class InProcessRunQueue extends RunQueue {
  private readonly inHand = new Set<string>();
  private handle: ((runId: string) => Promise<Handled>) | undefined;
  private concurrency = 0;
  private looking = false;
  private lookAgain = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly store: Pick<RunStore, 'queued'>) {
    super();
  }

  override async send(): Promise<void> {
    void this.look();
  }

  override async remind(): Promise<void> {
    void this.look();
  }

  override async work(handle: (runId: string) => Promise<Handled>, concurrency: number): Promise<void> {
    this.handle = handle;
    this.concurrency = concurrency;
    this.timer ??= setInterval(() => void this.look(), LOOK_MILLISECONDS).unref();
    void this.look();
  }

  override async stop(): Promise<void> {
    this.handle = undefined;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  override async close(): Promise<void> {
    await this.stop();
  }

  /** One look at a time; who asks for one meanwhile gets another one behind it. */
  private async look(): Promise<void> {
    this.lookAgain = true;
    if (this.looking) return;
    this.looking = true;
    try {
      while (this.lookAgain && this.handle && this.inHand.size < this.concurrency) {
        this.lookAgain = false;
        for (const runId of await this.store.queued(this.concurrency + this.inHand.size)) this.give(runId);
      }
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
    } finally {
      this.looking = false;
    }
  }

  private give(runId: string): void {
    if (!this.handle || this.inHand.has(runId) || this.inHand.size >= this.concurrency) return;
    this.inHand.add(runId);
    void this.handle(runId).then((handled) => {
      this.inHand.delete(runId);
      if (handled === 'done') void this.look();
    });
  }
}
