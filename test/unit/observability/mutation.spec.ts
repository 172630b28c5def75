import type { FactName, Facts } from '../../../src/kernel/facts.js';
import { Observation, Observer, type Pillar, type Report, type Scope } from '../../../src/kernel/observer.js';
import type { Begin, OperationName } from '../../../src/kernel/operations.js';
import { CompositeObserver } from '../../../src/observability/composite-observer.js';
import { OBSERVER_PROPERTIES, type ObserverMaker, type PropertyName } from '../../support/observer-properties.js';
import { SpanRecorder } from '../../support/span-recorder.js';

new SpanRecorder().install(); // for its context manager

const properties = Object.keys(OBSERVER_PROPERTIES) as PropertyName[];

/**
 * The observer once more, with every step a method of its own, so that a mutant can break exactly one. That this copy keeps
 * all properties is checked below: else a mutant that loses one would prove nothing.
 */
class Copy extends Observer {
  constructor(protected readonly pillars: readonly Pillar[], protected readonly report: (error: unknown) => void) {
    super();
  }

  override observe<O extends OperationName, R>(operation: O, begin: Begin<O>, work: (report: Report<O>) => Promise<R>): Promise<R> {
    const observation = new Observation(operation, begin);
    return this.nest(0, observation, () => this.settled(observation, () => work(observation)));
  }

  override note<F extends FactName>(fact: F, detail: Facts[F]): void {
    for (const pillar of this.pillars) this.guard(() => pillar.note(fact, detail));
  }

  protected async nest<R>(depth: number, observation: Observation, work: () => Promise<R>): Promise<R> {
    const pillar = this.pillars[depth];
    if (pillar === undefined) return work();
    const scope = this.guard(() => pillar.begin(observation));
    try {
      return await this.within(scope, () => this.nest(depth + 1, observation, work));
    } finally {
      this.end(scope, observation);
    }
  }

  protected async settled<R>(observation: Observation, work: () => Promise<R>): Promise<R> {
    try {
      const result = await work();
      observation.settle();
      return result;
    } catch (error) {
      observation.settle({ error });
      throw error;
    }
  }

  protected within<R>(scope: Scope | undefined, inner: () => Promise<R>): Promise<R> {
    return scope?.within ? scope.within(inner) : inner();
  }

  protected end(scope: Scope | undefined, observation: Observation): void {
    this.guard(() => scope?.end(observation));
  }

  protected guard<T>(call: () => T): T | undefined {
    try {
      return call();
    } catch (error) {
      this.report(error);
      return undefined;
    }
  }
}

class WithoutWithin extends Copy {
  protected override within<R>(_scope: Scope | undefined, inner: () => Promise<R>): Promise<R> {
    return inner();
  }
}

class WithinAfterTheWork extends Copy {
  protected override async within<R>(scope: Scope | undefined, inner: () => Promise<R>): Promise<R> {
    const result = await inner();
    await scope?.within?.(async () => undefined);
    return result;
  }
}

class WithoutGuard extends Copy {
  protected override guard<T>(call: () => T): T | undefined {
    return call();
  }
}

class GuardThatHides extends Copy {
  protected override guard<T>(call: () => T): T | undefined {
    try {
      return call();
    } catch (error) {
      return void error;
    }
  }
}

class WithoutEnd extends Copy {
  protected override end(): void {
    return undefined;
  }
}

class EndTwice extends Copy {
  protected override end(scope: Scope | undefined, observation: Observation): void {
    super.end(scope, observation);
    super.end(scope, observation);
  }
}

class EndOnlyOfGoodWork extends Copy {
  protected override end(scope: Scope | undefined, observation: Observation): void {
    if (observation.outcome === 'ok') super.end(scope, observation);
  }
}

class EndOutsideIn extends Copy {
  protected override async nest<R>(depth: number, observation: Observation, work: () => Promise<R>): Promise<R> {
    const scopes = this.pillars.map((pillar) => this.guard(() => pillar.begin(observation)));
    const wrapped = scopes.reduceRight<() => Promise<R>>((inner, scope) => () => this.within(scope, inner), work);
    try {
      return await wrapped();
    } finally {
      for (const scope of scopes) this.end(scope, observation);
    }
  }
}

class WithoutDuration extends Copy {
  protected override settled<R>(_observation: Observation, work: () => Promise<R>): Promise<R> {
    return work();
  }
}

class DurationOfEachPillar extends Copy {
  protected override end(scope: Scope | undefined, observation: Observation): void {
    observation.durationSeconds += 1e-6; // A clock that is read for each pillar shows each another number.
    super.end(scope, observation);
  }
}

class SwallowsWhatIsThrown extends Copy {
  protected override async settled<R>(observation: Observation, work: () => Promise<R>): Promise<R> {
    return super.settled(observation, work).catch(() => undefined as R);
  }
}

class WrapsWhatIsThrown extends Copy {
  protected override async settled<R>(observation: Observation, work: () => Promise<R>): Promise<R> {
    return super.settled(observation, work).catch((error: unknown) => { throw new Error('wrapped', { cause: error }); });
  }
}

class RunsTwice extends Copy {
  protected override async settled<R>(observation: Observation, work: () => Promise<R>): Promise<R> {
    await work().catch(() => undefined);
    return super.settled(observation, work);
  }
}

class StopsAtAFactThatBreaks extends Copy {
  override note<F extends FactName>(fact: F, detail: Facts[F]): void {
    this.guard(() => {
      for (const pillar of this.pillars) pillar.note(fact, detail);
    });
  }
}

const INSIDE: PropertyName[] = [
  'the work runs inside the context of the pillar that has one, also after an await',
  'a pillar that is further in begins and ends inside that context, so that its lines carry the span',
];
const ENDS: PropertyName[] = [
  'every pillar sees the end once, from the inside out, of good work and bad',
  'every pillar is told the same outcome and the same duration, measured before the first of them ends',
  'a pillar that breaks when something begins is reported, and changes nothing',
  'a pillar that breaks when something ends is reported, and changes nothing',
];
const BREAKS: PropertyName[] = properties.filter((name) => name.startsWith('a pillar that breaks'));

/** Each mutant and exactly the properties that it loses. */
const MUTANTS: readonly (readonly [mutant: new (...given: ConstructorParameters<typeof Copy>) => Observer, loses: readonly PropertyName[]])[] = [
  [WithoutWithin, INSIDE], [WithinAfterTheWork, INSIDE],
  [WithoutGuard, BREAKS], [GuardThatHides, BREAKS],
  [WithoutEnd, [INSIDE[1] as PropertyName, ...ENDS]],
  [EndTwice, [INSIDE[1] as PropertyName, ...ENDS]],
  [EndOnlyOfGoodWork, ENDS.slice(0, 2)],
  [EndOutsideIn, [INSIDE[1] as PropertyName, ENDS[0] as PropertyName, ...ENDS.slice(2)]],
  [WithoutDuration, [ENDS[1] as PropertyName]],
  [DurationOfEachPillar, [ENDS[1] as PropertyName]],
  [SwallowsWhatIsThrown, ['what is thrown comes back unchanged']],
  [WrapsWhatIsThrown, ['what is thrown comes back unchanged']],
  [RunsTwice, ['the work runs once, and its result comes back', INSIDE[0] as PropertyName]],
  [StopsAtAFactThatBreaks, ['a pillar that breaks at a fact is reported, and the others are told of the fact']],
];

async function lostBy(make: ObserverMaker): Promise<PropertyName[]> {
  const lost: PropertyName[] = [];
  for (const name of properties) await OBSERVER_PROPERTIES[name](make).catch(() => lost.push(name));
  return lost;
}

describe('the observer', () => {
  it.each(properties)('%s', async (name) => {
    await expect(OBSERVER_PROPERTIES[name]((...given) => new CompositeObserver(...given))).resolves.toBeUndefined();
  });
});

describe('the properties can fail:', () => {
  it('a copy of the observer loses none', async () => {
    expect(await lostBy((...given) => new Copy(...given))).toEqual([]);
  });

  it.each(MUTANTS.map(([mutant, loses]) => [mutant.name, mutant, loses] as const))('%s loses what it must', async (_name, Mutant, loses) => {
    expect((await lostBy((...given) => new Mutant(...given))).sort()).toEqual([...loses].sort());
  });

  it('each is lost by at least one mutant', () => {
    const covered = new Set(MUTANTS.flatMap(([, loses]) => loses));
    expect(properties.filter((name) => !covered.has(name))).toEqual([]);
  });
});
