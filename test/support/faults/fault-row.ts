import type { ScriptedStep } from '../../../src/llm/simulator/scripted-step.js';
import type { SimulatorOptions } from '../../../src/llm/simulator/simulator.js';
import type { RunningApplication } from '../running-application.js';
import type { Answer } from './answer.js';

/** One row of the fault matrix: what goes wrong, and what must then be seen from outside and from inside. */
export interface FaultRow {
  /** The row's name in the matrix, and a letter where it has several faults: `L2b`. */
  readonly id: string;
  /** In words, for the table in the documents. */
  readonly fault: string;
  /** What the model API does, in the simulator's notation or as steps. */
  readonly steps?: string | readonly ScriptedStep[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly simulator?: SimulatorOptions;
  /** Default: a greeting. */
  readonly message?: string;
  /** True: the answer is asked for as a stream. */
  readonly stream?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
  /** What is done instead of asking the one question. Gives the answer that the client sees. */
  readonly act?: (world: World) => Promise<Answer>;
  /** What the client sees, exactly: `200 success`, `503 upstream_overloaded`, `event error: stream_interrupted (partial)`. */
  readonly client: string;
  /** Requests that the model API got for it. */
  readonly requests?: number;
  /** Series that move, as `name` or `name{label="value"}`: the ones an operator looks at. */
  readonly metrics: readonly string[];
  /** Every log event of a warning or an error, each once. Default: none. */
  readonly events?: readonly string[];
  /** Waits between attempts are real; else a tenth, to save time. */
  readonly realWaits?: true;
  /** Whatever else must hold. */
  readonly check?: (world: World, answer: Answer) => void | Promise<void>;
}

/** A running application in the middle of a fault. */
export interface World {
  readonly service: RunningApplication;
  /** The conversation in which the fault happens; it has one good exchange already. */
  readonly conversationId: string;
  /** Asks in that conversation. */
  readonly ask: (message?: string) => Promise<Answer>;
}
