import { errorTypeOf, type ErrorType } from './failure.js';
import type { FactName, Facts } from './facts.js';
import { OPERATIONS, type Begin, type End, type OperationName } from './operations.js';
import { redactText } from './redaction.js';

export type Outcome = 'ok' | 'error' | 'aborted';
export type AttributeValue = string | number | boolean | readonly string[] | object | undefined;
export type Attributes = Readonly<Record<string, AttributeValue>>;

/** What the pillars know of one running operation. Duration, outcome and error type are written once, here. */
export class Observation<O extends OperationName = OperationName> {
  readonly #startedAt = performance.now();
  readonly #attributes: Record<string, AttributeValue>;
  outcome: Outcome = 'ok';
  errorType?: ErrorType;
  /** What went wrong, redacted and safe to log. */
  errorMessage?: string;
  /** Seconds from begin to end, monotonic. Zero until the work has ended. */
  durationSeconds = 0;
  /** Where this operation can be found in the trace store, written by the tracing pillar. */
  traceId?: string;

  constructor(readonly operation: O, begin: Begin<O>) {
    this.#attributes = { ...begin } as Record<string, AttributeValue>;
  }

  get attributes(): Attributes {
    return this.#attributes;
  }

  /** The outcome in the words of this operation's metrics: `success`, `error`, `timeout`, … */
  get status(): string {
    const { statuses, statusOf } = OPERATIONS[this.operation];
    return (this.errorType && statusOf?.[this.errorType]) ?? statuses[this.outcome];
  }

  /** Adds attributes learned while the work ran, e.g. token counts. */
  learn(end: Partial<End<O>>): void {
    Object.assign(this.#attributes, end);
  }

  /** Records the seconds since the start under `name`, the first time it is called. */
  mark(name: keyof End<O> & string): void {
    if (name in this.#attributes) return;
    this.#attributes[name] = (performance.now() - this.#startedAt) / 1000;
  }

  /** Marks the operation failed although the work returned normally (a tool that answered with an error). */
  flag(errorType: ErrorType, message?: string): void {
    this.outcome = errorType === 'aborted' ? 'aborted' : 'error';
    this.errorType = errorType;
    if (message !== undefined) this.errorMessage = redactText(message);
  }

  /** @internal Called once by the observer, just before the pillars see the end. */
  settle(failure?: { readonly error: unknown }): void {
    this.durationSeconds = (performance.now() - this.#startedAt) / 1000;
    if (failure) this.flag(errorTypeOf(failure.error), describe(failure.error));
  }
}

/** The side of an observation that the work may use. */
export type Report<O extends OperationName> = Pick<Observation<O>, 'learn' | 'mark' | 'flag' | 'traceId'>;

/** The one port through which the application is observed. An abstract class, so it is its own injection token. */
export abstract class Observer {
  /** Runs `work` exactly once and returns or throws exactly what it does: observing never changes the result. */
  abstract observe<O extends OperationName, R>(
    operation: O, begin: Begin<O>, work: (report: Report<O>) => Promise<R>,
  ): Promise<R>;

  /** Records a fact that has no duration, inside whatever operation is running. */
  abstract note<F extends FactName>(fact: F, detail: Facts[F]): void;
}

/** One way of looking at operations: a log, a meter, a tracer, a journal. */
export interface Pillar {
  begin(observation: Observation): Scope;
  note(fact: FactName, detail: Attributes): void;
}

export interface Scope {
  /** Runs the work inside a context. Only tracing may have it; it must call `work` once and return its promise. */
  within?<R>(work: () => Promise<R>): Promise<R>;
  end(observation: Observation): void;
}

function describe(thrown: unknown): string {
  const { message } = Object(thrown) as { message?: unknown };
  return typeof message === 'string' ? message : String(thrown);
}
