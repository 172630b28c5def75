import { Observation, Observer, type Pillar, type Report, type Scope } from '../kernel/observer.js';
import type { FactName, Facts } from '../kernel/facts.js';
import type { Begin, OperationName } from '../kernel/operations.js';

/** Shows every operation to each pillar, outermost first. A pillar that throws is reported and ignored. */
export class CompositeObserver extends Observer {
  constructor(
    private readonly pillars: readonly Pillar[],
    private readonly onPillarFailure: (error: unknown) => void,
  ) {
    super();
  }

  override observe<O extends OperationName, R>(
    operation: O, begin: Begin<O>, work: (report: Report<O>) => Promise<R>,
  ): Promise<R> {
    const observation = new Observation(operation, begin);
    return this.nest(0, observation, async () => {
      try {
        const result = await work(observation);
        observation.settle();
        return result;
      } catch (error) {
        observation.settle({ error });
        throw error;
      }
    });
  }

  override note<F extends FactName>(fact: F, detail: Facts[F]): void {
    for (const pillar of this.pillars) this.guard(() => pillar.note(fact, detail));
  }

  private async nest<R>(depth: number, observation: Observation, work: () => Promise<R>): Promise<R> {
    const pillar = this.pillars[depth];
    if (pillar === undefined) return work();
    const scope: Scope | undefined = this.guard(() => pillar.begin(observation));
    const inner = () => this.nest(depth + 1, observation, work);
    try {
      return await (scope?.within ? scope.within(inner) : inner());
    } finally {
      this.guard(() => scope?.end(observation));
    }
  }

  private guard<T>(call: () => T): T | undefined {
    try {
      return call();
    } catch (error) {
      this.onPillarFailure(error);
      return undefined;
    }
  }
}
