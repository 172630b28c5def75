import * as fc from 'fast-check';
import { Failure, type ErrorType } from '../../../src/kernel/failure.js';
import { CircuitBreaker, type BreakerState } from '../../../src/resilience/circuit-breaker.js';
import { FakeClock } from '../../support/fake-clock.js';

const LEGAL_MOVES = ['closed>open', 'open>half_open', 'half_open>open', 'half_open>closed'];

type Ending = 'success' | ErrorType;
type Step =
  | { do: 'begin' }
  | { do: 'burst'; times: number; how: Ending }
  | { do: 'advance'; milliseconds: number }
  | { do: 'end'; which: number; how: Ending; abort: boolean };

const how = fc.constantFrom<Ending>('success', 'api_error', 'timeout', 'invalid_request_error', 'rate_limit_error', '_OTHER');
const milliseconds = fc.constantFrom(0, 1, 3_000, 9_999, 26_000, 45_000, 66_000, 330_000);
const steps: fc.Arbitrary<Step[]> = fc.array(fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('begin' as const) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('burst' as const), times: fc.nat(6), how }) },
  { weight: 7, arbitrary: fc.record({ do: fc.constant('end' as const), which: fc.nat(20), how, abort: fc.nat(4).map((number) => number === 0) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('advance' as const), milliseconds }) },
), { minLength: 20, maxLength: 150, size: 'max' });

interface Call {
  readonly phase: number;
  readonly caller: AbortController;
  readonly work: PromiseWithResolvers<void>;
}

/** Upstream and callers at once. It keeps its own books and writes down every promise that the breaker breaks. */
class World {
  readonly seen = new Set<string>();
  readonly complaints: string[] = [];
  private readonly clock = new FakeClock();
  private readonly inFlight: Call[] = [];
  private state: BreakerState = 'closed';
  private phase = 0;

  private readonly breaker = new CircuitBreaker('llm', this.clock, {
    stateChanged: ({ from, to }) => {
      this.demand(from === this.state && LEGAL_MOVES.includes(`${from}>${to}`), `moved ${from}>${to} when ${this.state}`);
      this.state = to;
      this.phase += 1;
      this.seen.add(`${from}>${to}`);
    },
    failed: () => this.seen.add('failed'),
    rejected: () => this.seen.add('rejected'),
  }, {}, () => 0.5);

  async take(step: Step): Promise<void> {
    switch (step.do) {
      case 'advance': this.clock.advance(step.milliseconds); break;
      case 'begin': this.begin(); break;
      case 'burst': for (let count = 0; count < step.times; count += 1) await this.end(this.begin(), step.how, false); break;
      case 'end': await this.end(this.inFlight[step.which % this.inFlight.length], step.how, step.abort); break;
    }
    this.checkReadings();
  }

  /** The call, or undefined when it was refused. */
  private begin(): Call | undefined {
    const call: Call = { phase: this.phaseNow(), caller: new AbortController(), work: Promise.withResolvers() };
    const mayBegin = this.state === 'closed' || (this.state === 'half_open' && !this.inFlight.some(({ phase }) => phase === call.phase));
    const refusalExpected = this.breaker.retryAfterSeconds !== undefined;
    let begun = false;
    this.breaker.execute(() => {
      begun = true;
      return call.work.promise;
    }, call.caller.signal).catch((error: Failure) => this.checkError(error));
    this.demand(begun !== refusalExpected, 'retryAfterSeconds did not tell what came');
    if (!begun) return undefined;
    this.demand(mayBegin, `a call began when ${this.state}`);
    this.inFlight.push(call);
    return call;
  }

  private async end(call: Call | undefined, ending: Ending, abort: boolean): Promise<void> {
    if (call === undefined) return;
    this.inFlight.splice(this.inFlight.indexOf(call), 1);
    const before = this.phaseNow();
    if (abort) call.caller.abort();
    if (ending === 'success') call.work.resolve();
    else call.work.reject(new Failure('upstream', { errorType: ending, publicMessage: 'It broke.', retryAfterSeconds: 3 }));
    await new Promise(setImmediate);
    const saysNothing = abort || call.phase !== before || ending === 'rate_limit_error' || ending === 'invalid_request_error';
    if (saysNothing) this.demand(this.phase === before, `an end that says nothing moved the state: ${ending}`);
    else if (this.state === 'half_open' && ending !== 'success') this.complaints.push('a failed probe left it half-open');
  }

  /** Lets the breaker make the moves that are due, so that later moves have another cause. */
  private phaseNow(): number {
    this.demand(this.breaker.state === this.state, 'a move was not told');
    return this.phase;
  }

  private checkReadings(): void {
    const { state, retryAfterSeconds } = this.breaker;
    const wait = retryAfterSeconds ?? 1;
    this.demand(state !== 'open' || retryAfterSeconds !== undefined, 'open, but would not refuse');
    this.demand(Number.isInteger(wait) && wait >= 1 && wait <= 330, `a wait of ${wait} s`);
    this.demand(this.clock.wallReads === 0, 'asked for the date');
  }

  private checkError(error: Failure): void {
    const wait = error.retryAfterSeconds ?? 0;
    this.demand(error.code === 'upstream' || (error.code === 'circuit_open' && wait > 0 && error.retryable), `failed with ${String(error)}`);
  }

  private demand(promise: boolean, complaint: string): void {
    if (!promise) this.complaints.push(complaint);
  }
}

it('whatever happens in whatever order, a breaker keeps its promises', async () => {
  const seen = new Set<string>();
  await fc.assert(fc.asyncProperty(steps, async (story) => {
    const world = new World();
    for (const step of story) await world.take(step);
    expect(world.complaints).toEqual([]);
    for (const event of world.seen) seen.add(event);
  }), { seed: 20_260_101, numRuns: 300 });
  expect([...seen].sort()).toEqual([...LEGAL_MOVES, 'failed', 'rejected'].sort());
});
