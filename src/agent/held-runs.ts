import { Injectable } from '@nestjs/common';
import { Failure } from '../kernel/failure.js';
import { Observer } from '../kernel/observer.js';
import { RunQueue } from '../queue/run-queue.js';
import { StoreSettings } from '../settings/settings.js';
import type { Lease, StoredEvent } from '../store/run-record.js';
import { leaseLost } from '../store/run-failures.js';
import { RunStore } from '../store/run-store.js';

/** Milliseconds between two looks for runs that somebody asked another process to cancel. */
const LOOK_MILLISECONDS = 1_000;

/** A run that this process carries out. */
export interface HeldRun {
  /** Aborts when the run must end here: it was cancelled, its lease is lost, or the process has no more time. */
  readonly signal: AbortSignal;
  /** Throws Failure `handed_back` when the run is to go back to the queue, between two steps. */
  readonly mayGoOn: () => void;
  readonly abort: (reason: unknown) => void;
  readonly release: () => void;
}

export interface HandingBack {
  readonly events: readonly StoredEvent[];
  /** Whether what was done counts as one of the attempts that a run has. */
  readonly asAttempt: boolean;
  readonly priority: number;
}

interface Held {
  readonly controller: AbortController;
  readonly detached: boolean;
}

/** The runs of this process: keeps their leases, hears who is to be cancelled, and brings them to an end when the process ends. */
@Injectable()
export class HeldRuns {
  private readonly held = new Map<string, Held>();
  private readonly end = new AbortController();
  private readonly emptied = new Set<() => void>();
  private timer: NodeJS.Timeout | undefined;
  private renewedAt = 0;
  private isLooking = false;
  private isDraining = false;

  constructor(
    private readonly store: RunStore, private readonly queue: RunQueue, private readonly settings: StoreSettings, private readonly observer: Observer,
  ) {}

  /** Aborts when the time of this process is over. */
  get abandoned(): AbortSignal {
    return this.end.signal;
  }

  /** @throws Failure `shutting_down` when this process takes nothing on any more. */
  assertOpen(): void {
    if (this.isDraining) throw shuttingDown();
  }

  /** Keeps the lease of a run until it is released. Who held the same run here before has lost it: it was found again meanwhile. */
  hold({ runId }: Lease, detached: boolean): HeldRun {
    const held: Held = { controller: new AbortController(), detached };
    if (this.held.size === 0) this.renewedAt = performance.now();
    this.held.get(runId)?.controller.abort(leaseLost());
    this.held.set(runId, held);
    if (this.end.signal.aborted) cutOff(held);
    this.timer ??= setInterval(() => void this.look(), Math.min(LOOK_MILLISECONDS, this.settings.leaseMilliseconds / 6)).unref();
    const { signal } = held.controller;
    return {
      signal,
      mayGoOn: () => { if (detached && this.isDraining) throw handedBack(); },
      abort: (reason) => this.abort(runId, held, reason),
      release: () => this.release(runId, held),
    };
  }

  /** Ends a run that this process holds. False when it holds no such run. */
  cancel(runId: string): boolean {
    const held = this.held.get(runId);
    held?.controller.abort(cancelled());
    return held !== undefined;
  }

  /** From now on nothing new is taken on, and runs that can be found again go back to the queue at their next step. */
  drain(): void {
    this.isDraining = true;
  }

  /**
   * Puts a run into the queue again, and tells others at once: a deploy must not hold it up until somebody looks. Whether they hear of it
   * is no matter of the run's: a message is only a hint, and is made up for.
   * @throws Failure `lease_lost` or `store_unavailable` when it could not be put back
   */
  async handBack(lease: Lease, { events, asAttempt, priority }: HandingBack): Promise<void> {
    await this.store.handBack(lease, events, { asAttempt });
    try {
      await this.queue.send({ runId: lease.runId, priority });
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
    }
  }

  /** Resolves when no run is held, or after so many milliseconds. */
  async settled(milliseconds: number): Promise<void> {
    if (this.held.size === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.emptied.add(() => { clearTimeout(timer); resolve(); });
    });
  }

  /** Ends every run: a detached one goes back to the queue, of another one whoever waits for it is told. */
  abandon(): void {
    this.end.abort();
    for (const held of this.held.values()) cutOff(held);
  }

  private release(runId: string, held: Held): void {
    if (this.held.get(runId) === held) this.held.delete(runId);
    if (this.held.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
    for (const tell of this.emptied) tell();
    this.emptied.clear();
  }

  /** The store being away is nothing to do about here: each run learns of it when it wants to save its next step. */
  private async look(): Promise<void> {
    if (this.isLooking) return;
    this.isLooking = true;
    try {
      for (const runId of await this.store.cancelled()) this.cancel(runId);
      const now = performance.now();
      if (now - this.renewedAt < this.settings.leaseMilliseconds / 3) return;
      await this.renew([...this.held]);
      this.renewedAt = now;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
    } finally {
      this.isLooking = false;
    }
  }

  private async renew(runs: readonly (readonly [string, Held])[]): Promise<void> {
    const still = new Set(await this.store.renew(runs.map(([runId]) => runId)));
    for (const [runId, held] of runs) {
      if (still.has(runId) || this.held.get(runId) !== held) continue;
      this.abort(runId, held, leaseLost());
    }
  }

  /** A lost lease shows when it is renewed, or when the next step is saved, whatever comes first. */
  private abort(runId: string, { controller }: Held, reason: unknown): void {
    if (controller.signal.aborted) return;
    if (reason instanceof Failure && reason.code === 'lease_lost') this.observer.note('lease.lost', { run_id: runId });
    controller.abort(reason);
  }
}

function cutOff({ controller, detached }: Held): void {
  controller.abort(detached ? handedBack() : shuttingDown());
}

/** True for the failure of a run that is in the queue again: it has not ended. */
export function isHandedBack(error: unknown): boolean {
  return error instanceof Failure && error.code === 'handed_back';
}

function handedBack(): Failure {
  return new Failure('handed_back', { errorType: 'shutting_down', retryable: true, publicMessage: 'The run goes on in another process.' });
}

export function shuttingDown(): Failure {
  return new Failure('shutting_down', {
    errorType: 'shutting_down', retryable: true, retryAfterSeconds: 1, publicMessage: 'This process is shutting down. Ask again: another one will answer.',
  });
}

export function cancelled(): Failure {
  return new Failure('cancelled', { errorType: 'aborted', publicMessage: 'The run was cancelled.' });
}
