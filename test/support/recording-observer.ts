import { Observation, Observer, type Report } from '../../src/kernel/observer.js';
import type { FactName, Facts } from '../../src/kernel/facts.js';
import type { Begin, OperationName } from '../../src/kernel/operations.js';

/** Remembers what it was shown. With it a test asserts instrumentation without any telemetry library. */
export class RecordingObserver extends Observer {
  readonly seen: Observation[] = [];
  readonly facts: { readonly fact: FactName; readonly detail: object }[] = [];

  override async observe<O extends OperationName, R>(
    operation: O, begin: Begin<O>, work: (report: Report<O>) => Promise<R>,
  ): Promise<R> {
    const observation = new Observation(operation, begin);
    this.seen.push(observation);
    try {
      const result = await work(observation);
      observation.settle();
      return result;
    } catch (error) {
      observation.settle({ error });
      throw error;
    }
  }

  override note<F extends FactName>(fact: F, detail: Facts[F]): void {
    this.facts.push({ fact, detail });
  }
}
