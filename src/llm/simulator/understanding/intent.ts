import type { ToolExchange } from './conversation.js';

/** One thing that the user wants done with a tool. */
export interface Intent {
  readonly tool: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** How the user put it, for the answer. */
  readonly subject: string;
  /** Makes the input from what the other calls of the turn gave; the call waits for them. */
  readonly inputFromResults?: (results: string) => Readonly<Record<string, unknown>>;
}

/** What surrounds a clause. */
export interface Surroundings {
  readonly previousAnswer: string;
  /** True when an earlier clause of the same message asks for something. */
  readonly follows: boolean;
}

/** What a clause means: calls to make, or a question back to the user when something is missing. */
export interface Reading {
  readonly intents: readonly Intent[];
  readonly remark?: string;
}

/** One kind of wish: how it starts, what it asks a tool, and how its result is told. A new one is a file and a line in `INTENT_KINDS`. */
export interface IntentKind {
  readonly tool: string;
  /** What the model says that it can do. */
  readonly ability: string;
  /** What it can not do without its tool: "look up the weather". */
  readonly task: string;
  /** How far a clause of this kind may hold any words, so that only clear ones begin a new wish: its sentence, or all that follows. */
  readonly freeText: 'none' | 'sentence' | 'rest';
  /** Where a clause of this kind that starts at `position` has been read to; undefined when none starts there. */
  startsAt(text: string, position: number): number | undefined;
  read(clause: string, surroundings: Surroundings): Reading;
  /** The sentence for a result. `subject` is how the user put it, when that is known. */
  tell(exchange: ToolExchange, subject: string | undefined): string;
  /** The sentence for a failure, up to its reason: "I could not save the note". */
  tellFailure(exchange: ToolExchange, subject: string | undefined): string;
}
