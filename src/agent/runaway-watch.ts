import type { ErrorType } from '../kernel/failure.js';
import type { ToolUseBlock } from '../kernel/transcript.js';
import type { ToolOutcome } from '../tools/toolbox.js';

/** Rounds in a row without progress after which more will not help. */
const ROUNDS = 3;

/** The model asked for what does not exist, or in a form that no tool takes. */
const REFUSED: ReadonlySet<ErrorType> = new Set<ErrorType>(['not_found', 'validation']);

/**
 * Notices a model that goes in circles, long before its iterations and its money run out: three rounds in a row in which every
 * call was refused, or which were the same calls with the same results.
 */
export class RunawayWatch {
  private last = '';
  private repeated = 0;
  private refused = 0;

  /** Tells of one round of tool calls. True when it was the last that makes sense. */
  isStuck(calls: readonly ToolUseBlock[], outcomes: readonly ToolOutcome[]): boolean {
    const round = fingerprint(calls, outcomes);
    this.repeated = round === this.last ? this.repeated + 1 : 1;
    this.last = round;
    this.refused = outcomes.every(({ errorType }) => errorType && REFUSED.has(errorType)) ? this.refused + 1 : 0;
    return this.repeated >= ROUNDS || this.refused >= ROUNDS;
  }
}

/** Same tools, same arguments, same results; the ids are new each time. */
function fingerprint(calls: readonly ToolUseBlock[], outcomes: readonly ToolOutcome[]): string {
  return JSON.stringify([calls.map(({ name, input }) => [name, input]), outcomes.map(({ content }) => content)]);
}
