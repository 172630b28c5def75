import type { Clock } from '../kernel/clock.js';
import { errorTypeOf, Failure } from '../kernel/failure.js';
import type { BreakerListener, BreakerState } from './breaker-listener.js';
import { DEFAULT_BREAKER_SETTINGS, type BreakerSettings } from './breaker-settings.js';
import { BreakerWindow } from './breaker-window.js';
import type { Policy, Work } from './policy.js';

export type { BreakerListener, BreakerState } from './breaker-listener.js';

/** What a caller is told to wait while somebody else's probe is under way: its end decides, and is not known. */
const PROBE_WAIT_MILLISECONDS = 1_000;

interface Closed { readonly state: 'closed'; readonly window: BreakerWindow; failuresInARow: number }
interface Open { readonly state: 'open'; readonly endsAt: number }
interface HalfOpen { readonly state: 'half_open'; endsAt: number; successes: number; probing: boolean }
type Phase = Closed | Open | HalfOpen;

type Outcome = 'success' | 'failure' | 'ignored';

/** A call that was let through. It may only ever speak about the phase it was let through in. */
interface Admission { readonly phase: Closed | HalfOpen; readonly beganAt: number; respondedAt?: number }

/**
 * Stops calling an upstream that fails, and finds out with one call at a time when it is back.
 *
 *     closed --5 failures in a row, or half of the calls failed, or most were slow--> open (60 s, then 120, 240, 300)
 *     open --its time is over--> half_open
 *     half_open --3 successes--> closed
 *     half_open --1 failure, or 45 s from the first probe without closing--> open
 *
 * A refused call fails at once with Failure `circuit_open` and never waits. Every phase is a new object, and a call
 * keeps the one it began in: that reference is its generation, so a late answer can not move a later phase.
 * There is no timer: the clock's moves are made by the next call or the next reader of `state`. Monotonic time only.
 */
export class CircuitBreaker implements Policy {
  private readonly settings: BreakerSettings;
  private phase: Phase;
  private openings = 0;
  private cooldownEndsAt = Number.NEGATIVE_INFINITY;

  /** `name` is a metric label: it comes from the configuration, never from a request. `random` is in [0, 1). */
  constructor(
    readonly name: string,
    private readonly clock: Clock,
    private readonly listener: BreakerListener,
    settings: Partial<BreakerSettings> = {},
    private readonly random: () => number = Math.random,
  ) {
    this.settings = { ...DEFAULT_BREAKER_SETTINGS, ...settings };
    this.phase = this.newClosed();
  }

  /** The state at this moment. Reading it may make a move that is due, and tells the listener so. */
  get state(): BreakerState {
    return this.phaseAt(this.clock.monotonic()).state;
  }

  /** Whole seconds for which a call begun now would be refused, at least 1; undefined when it would be let through. */
  get retryAfterSeconds(): number | undefined {
    const milliseconds = this.refusalMilliseconds(this.clock.monotonic());
    return milliseconds > 0 ? Math.ceil(milliseconds / 1_000) : undefined;
  }

  /**
   * A call whose signal is aborted when it ends is neither success nor failure, whatever it ended with.
   * @throws Failure `circuit_open` at once while the breaker refuses; `signal.reason` when it was aborted before the start.
   */
  async execute<R>(work: Work<R>, signal: AbortSignal): Promise<R> {
    signal.throwIfAborted();
    const admission = this.admit();
    let outcome: Outcome = 'ignored';
    try {
      const result = await work(signal, () => { admission.respondedAt ??= this.clock.monotonic(); });
      outcome = 'success';
      return result;
    } catch (error) {
      this.coolDown(error);
      if (this.settings.countsAsFailure(error)) outcome = 'failure';
      throw error;
    } finally {
      this.settle(admission, signal.aborted ? 'ignored' : outcome);
    }
  }

  /** One reading of the clock decides it all: with two, an opening could end between the phase and the wait. */
  private admit(): Admission {
    const now = this.clock.monotonic();
    const refusedFor = this.refusalMilliseconds(now);
    const phase = this.phase;
    if (refusedFor > 0 || phase.state === 'open') throw this.refusal(refusedFor);
    if (phase.state === 'half_open') this.probe(phase, now);
    return { phase, beganAt: now };
  }

  private probe(phase: HalfOpen, now: number): void {
    phase.probing = true;
    phase.endsAt = Math.min(phase.endsAt, now + this.settings.halfOpenMilliseconds);
  }

  private settle({ phase, beganAt, respondedAt }: Admission, outcome: Outcome): void {
    const now = this.clock.monotonic();
    if (phase === this.phaseAt(now)) {
      if (phase.state === 'closed') this.settleClosed(phase, outcome, { slow: (respondedAt ?? now) - beganAt > this.settings.slowCallMilliseconds, now });
      else this.settleProbe(phase, outcome, now);
    }
    if (outcome === 'failure') this.listener.failed(this.name);
  }

  private settleClosed(phase: Closed, outcome: Outcome, { slow, now }: { slow: boolean; now: number }): void {
    if (outcome === 'ignored') return;
    const failed = outcome === 'failure';
    phase.failuresInARow = failed ? phase.failuresInARow + 1 : 0;
    phase.window.record({ failed, slow }, now);
    if (this.isBroken(phase, now)) this.open(now);
  }

  private settleProbe(phase: HalfOpen, outcome: Outcome, now: number): void {
    phase.probing = false;
    if (outcome === 'failure') this.open(now);
    if (outcome !== 'success') return;
    phase.successes += 1;
    if (phase.successes >= this.settings.halfOpenSuccesses) this.close();
  }

  private isBroken(phase: Closed, now: number): boolean {
    const limits = this.settings;
    const { calls, failures, slow } = phase.window.totals(now);
    return phase.failuresInARow >= limits.consecutiveFailures
      || (calls >= limits.failureRatioCalls && failures / calls >= limits.failureRatio)
      || (calls >= limits.slowRatioCalls && slow / calls >= limits.slowRatio);
  }

  /** The phase after the moves that time alone makes. An overdue half-open ended when it was due, not when it was noticed. */
  private phaseAt(now: number): Phase {
    if (this.phase.state === 'half_open' && now >= this.phase.endsAt) this.open(this.phase.endsAt);
    if (this.phase.state === 'open' && now >= this.phase.endsAt) this.halfOpen();
    return this.phase;
  }

  private open(now: number): void {
    const { openMilliseconds, openMaximumMilliseconds, openJitterRatio } = this.settings;
    const base = Math.min(openMilliseconds * 2 ** this.openings, openMaximumMilliseconds);
    this.openings += 1;
    this.enter({ state: 'open', endsAt: now + base * (1 + openJitterRatio * this.random()) });
  }

  private halfOpen(): void {
    this.enter({ state: 'half_open', endsAt: Infinity, successes: 0, probing: false });
  }

  private close(): void {
    this.openings = 0;
    this.enter(this.newClosed());
  }

  private newClosed(): Closed {
    return { state: 'closed', window: new BreakerWindow(this.settings.windowMilliseconds), failuresInARow: 0 };
  }

  private enter(next: Phase): void {
    const from = this.phase.state;
    this.phase = next;
    this.listener.stateChanged({ name: this.name, from, to: next.state });
  }

  /** How long from now calls are refused; 0 or less when one is let through. */
  private refusalMilliseconds(now: number): number {
    const phase = this.phaseAt(now);
    const cooldown = this.cooldownEndsAt - now;
    if (phase.state === 'open') return Math.max(phase.endsAt - now, cooldown);
    if (phase.state === 'half_open' && phase.probing) return Math.max(PROBE_WAIT_MILLISECONDS, cooldown);
    return cooldown;
  }

  private refusal(milliseconds: number): Failure {
    this.listener.rejected(this.name);
    return new Failure('circuit_open', {
      errorType: 'circuit_open',
      retryable: true,
      retryAfterSeconds: Math.ceil(milliseconds / 1_000),
      publicMessage: 'A service this depends on is not available right now. Please try again later.',
    });
  }

  /** A rate limit is no fault, but the upstream's wish to be left alone is kept. It never shortens an earlier one. */
  private coolDown(error: unknown): void {
    const { retryAfterSeconds } = Object(error) as { retryAfterSeconds?: unknown };
    if (errorTypeOf(error) !== 'rate_limit_error' || !Number.isFinite(retryAfterSeconds)) return;
    const milliseconds = Math.min(Number(retryAfterSeconds) * 1_000, this.settings.cooldownMaximumMilliseconds);
    this.cooldownEndsAt = Math.max(this.cooldownEndsAt, this.clock.monotonic() + milliseconds);
  }
}
