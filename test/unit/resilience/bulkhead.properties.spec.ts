import * as fc from 'fast-check';
import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Bulkhead } from '../../../src/resilience/bulkhead.js';
import { DrainRate } from '../../../src/resilience/drain-rate.js';
import { WakingClock } from '../../support/waking-clock.js';

const WAIT_MILLISECONDS = 2_000;

type Step = { do: 'arrive' } | { do: 'end' | 'abort'; which: number; fails: boolean } | { do: 'advance'; milliseconds: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.constant<Step>({ do: 'arrive' }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('end' as const, 'abort' as const), which: fc.nat(9), fails: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('advance' as const), milliseconds: fc.constantFrom(0, 1, 700, 1_999, 2_000) }) },
);
/** Steps of one moment happen before anything else can; moments are apart. */
const story = fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { minLength: 5, maxLength: 40, size: 'max' });

interface Call {
  readonly name: number;
  readonly since: number;
  readonly isRefused: boolean;
  readonly caller: AbortController;
  readonly work: PromiseWithResolvers<void>;
  state: 'waiting' | 'running' | 'done';
  abortedWaiting: boolean;
}

/** Foretells no wait: what is foretold only refuses earlier, and has its own tests. */
class Unforeseen extends DrainRate {
  override waitMilliseconds(): number {
    return 0;
  }
}

/** Callers of a bulkhead. It keeps its own books, and writes down every promise that the bulkhead breaks. */
class World {
  readonly complaints: string[] = [];
  readonly seen = new Set<string>();
  private readonly calls: Call[] = [];
  private readonly clock = new WakingClock();
  private readonly context = new AsyncLocalStorage<number>();
  private depth = 0;
  private admitted = 0;
  private readonly bulkhead: Bulkhead;

  constructor(private readonly concurrent: number, private readonly queued: number) {
    this.bulkhead = new Bulkhead({ concurrent, queued, waitMilliseconds: WAIT_MILLISECONDS }, this.clock, {
      queued: (depth) => { this.depth = depth; },
      admitted: () => { this.admitted += 1; },
    }, new Unforeseen());
  }

  async live(moment: readonly Step[]): Promise<void> {
    for (const each of moment) this.take(each);
    await nextTurn();
    this.check();
  }

  async finish(): Promise<void> {
    while (this.those('running').length > 0) await this.live([{ do: 'end', which: 0, fails: false }]);
    this.demand(this.those('waiting').length === 0, 'somebody was forgotten');
    await this.live(Array.from({ length: this.concurrent }, () => ({ do: 'arrive' as const })));
    this.demand(this.those('running').length === this.concurrent, 'a place was lost');
  }

  private take(each: Step): void {
    switch (each.do) {
      case 'arrive': this.arrive(); break;
      case 'advance': this.clock.advance(each.milliseconds); break;
      case 'end': this.end(this.those('running')[each.which % this.concurrent], each.fails); break;
      case 'abort': this.abort(this.inQueue()[each.which % (this.queued + 1)]); break;
    }
  }

  private arrive(): void {
    const isRefused = this.those('running').length >= this.concurrent && this.depth >= this.queued;
    const call: Call = {
      name: this.calls.length, since: this.clock.monotonic(), isRefused, caller: new AbortController(), work: Promise.withResolvers(), state: 'waiting', abortedWaiting: false,
    };
    this.calls.push(call);
    this.context.run(call.name, () => {
      this.bulkhead.execute(() => this.begin(call), call.caller.signal).then(() => this.leave(call, undefined), (error: unknown) => this.leave(call, error));
    });
  }

  private begin(call: Call): Promise<void> {
    this.demand(call.state === 'waiting', 'began twice, or after its end');
    this.demand(this.context.getStore() === call.name, 'ran in the context of another call');
    this.demand(!this.inQueue().some(({ name }) => name < call.name), 'overtook somebody');
    call.state = 'running';
    this.demand(this.those('running').length <= this.concurrent, 'too many ran at once');
    return call.work.promise;
  }

  private leave(call: Call, error: unknown): void {
    const { code } = Object(error) as { code?: unknown };
    const waited = this.clock.monotonic() - call.since;
    if (call.state === 'waiting' && !call.abortedWaiting) {
      this.demand(code === 'overloaded' && (call.isRefused || waited >= WAIT_MILLISECONDS), `left with ${String(error)} after ${waited} ms`);
      this.seen.add(call.isRefused ? 'refused' : 'waited too long');
    }
    if (call.abortedWaiting) this.demand(error === call.caller.signal.reason, `gave up, and left with ${String(error)}`);
    call.state = 'done';
  }

  private end(call: Call | undefined, fails: boolean): void {
    if (fails) call?.work.reject(new Error('it broke'));
    else call?.work.resolve();
  }

  private abort(call: Call | undefined): void {
    if (!call) return;
    call.abortedWaiting = true;
    call.caller.abort(new Error('gave up'));
    this.seen.add('gave up');
  }

  private check(): void {
    const [running, waiting] = [this.those('running').length, this.those('waiting')];
    this.demand(waiting.length === 0 || running === this.concurrent, 'a place was free while somebody waited');
    this.demand(waiting.length <= this.queued, 'too many waited');
    this.demand(this.depth === waiting.length, `told of ${this.depth} who wait, and there were ${waiting.length}`);
    this.demand(waiting.every(({ since, caller }) => !caller.signal.aborted && this.clock.monotonic() - since < WAIT_MILLISECONDS), 'waited for too long');
    this.demand(this.clock.sleeping === waiting.length, 'a timer was left');
    if (this.admitted > 0) this.seen.add('admitted');
  }

  /** Those who wait and have a reason to. */
  private inQueue(): readonly Call[] {
    return this.those('waiting').filter(({ isRefused, abortedWaiting, since }) => !isRefused && !abortedWaiting && this.clock.monotonic() - since < WAIT_MILLISECONDS);
  }

  private those(state: Call['state']): readonly Call[] {
    return this.calls.filter((call) => call.state === state);
  }

  private demand(promise: boolean, complaint: string): void {
    if (!promise) this.complaints.push(complaint);
  }
}

it('whatever happens in whatever order, a bulkhead keeps its promises', async () => {
  const seen = new Set<string>();
  await fc.assert(fc.asyncProperty(fc.integer({ min: 1, max: 3 }), fc.nat(4), story, async (concurrent, queued, moments) => {
    const world = new World(concurrent, queued);
    for (const moment of moments) await world.live(moment);
    await world.finish();
    expect(world.complaints).toEqual([]);
    for (const event of world.seen) seen.add(event);
  }), { seed: 20_260_102, numRuns: 200 });
  expect([...seen].sort()).toEqual(['admitted', 'gave up', 'refused', 'waited too long']);
});
