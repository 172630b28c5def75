import type { Clock } from '../../kernel/clock.js';
import { Failure } from '../../kernel/failure.js';
import type { Engine } from './engine.js';
import { unavailable } from './failures.js';

/** `opening`: not there yet, or not there right now; it is being looked after. `failed`: a person must see to it, or it was closed. */
export type DatabaseState = 'opening' | 'ready' | 'failed';

/** Between two looks at a server that can not be reached: soon enough to be ready within 5 s after it is back. */
const LOOK_MILLISECONDS = 1_000;
/** Longest wait where the server answers but can not be used: looking costs it something, and nothing changes by itself. */
const LONGEST_WAIT_MILLISECONDS = 30_000;
/** How long a start waits for a server before it goes on without. */
const PATIENCE_MILLISECONDS = 3_000;

/** Knows whether the database can be used, and looks after it while it can not. */
export class Watch {
  private current: DatabaseState = 'opening';
  private why = 'is being opened';
  private readonly listeners: ((state: DatabaseState, detail: string) => void)[] = [];
  private looking: Promise<void> | undefined;
  private final: Failure | undefined;

  constructor(private readonly engine: Engine, private readonly clock: Clock, private readonly closing: AbortSignal) {
    engine.onLost(() => this.suspect());
  }

  get state(): DatabaseState {
    return this.current;
  }

  get detail(): string {
    return this.why;
  }

  /** Why it can not be used, when that will not pass by itself. */
  get failure(): Failure | undefined {
    return this.final;
  }

  onStateChange(listener: (state: DatabaseState, detail: string) => void): void {
    this.listeners.push(listener);
  }

  /** Resolves when the database is ready, or when waiting for it is no use. @throws Failure when a person must see to it */
  async begin(): Promise<void> {
    const stop = new AbortController();
    try {
      await Promise.race([this.look(), this.clock.sleep(PATIENCE_MILLISECONDS, AbortSignal.any([stop.signal, this.closing]))]);
    } finally {
      stop.abort();
    }
    if (this.final) throw this.final;
  }

  async end(): Promise<void> {
    await this.looking;
    if (!this.final) this.become('failed', 'closed');
    this.final ??= unavailable();
  }

  /** Something failed in a way that a server does which is gone: finds out whether it is. */
  suspect(): void {
    if (this.current === 'ready' && !this.closing.aborted) this.looking ??= this.confirm().finally(() => { this.looking = undefined; });
  }

  private async confirm(): Promise<void> {
    try {
      await this.engine.ping();
    } catch (error) {
      this.become('opening', `can not be reached${codeOf(error)}`);
      await this.untilReady();
    }
  }

  private look(): Promise<void> {
    this.looking ??= this.untilReady().finally(() => { this.looking = undefined; });
    return this.looking;
  }

  /** Prepares it again each time: what comes back may be another server. */
  private async untilReady(): Promise<void> {
    for (let wait = LOOK_MILLISECONDS; !this.closing.aborted;) {
      try {
        await this.engine.prepare();
        this.become('ready', 'ready');
        return;
      } catch (error) {
        if (error instanceof Failure) return this.fail(error);
        const away = ['unreachable', 'lost'].includes(this.engine.troubleOf(error));
        this.become('opening', `${away ? 'can not be reached' : 'can not be used'}${codeOf(error)}`);
        wait = away ? LOOK_MILLISECONDS : Math.min(2 * wait, LONGEST_WAIT_MILLISECONDS);
      }
      await this.pause(wait * (0.8 + 0.4 * Math.random()));
    }
  }

  private async pause(milliseconds: number): Promise<void> {
    try {
      await this.clock.sleep(milliseconds, this.closing);
    } catch (reason) {
      if (!this.closing.aborted) throw reason;
    }
  }

  private fail(failure: Failure): void {
    this.final = failure;
    this.become('failed', failure.publicMessage);
  }

  private become(state: DatabaseState, detail: string): void {
    const changed = this.current !== state;
    this.current = state;
    this.why = detail;
    if (changed) for (const listener of this.listeners) listener(state, detail);
  }
}

/** The code alone: a message of the driver may name hosts and users. */
function codeOf(error: unknown): string {
  const { code } = Object(error) as { code?: unknown };
  return typeof code === 'string' && /^[A-Z0-9_]{3,40}$/.test(code) ? ` (${code})` : '';
}
