import type { Reply, ToolUseBlock } from '../kernel/transcript.js';
import type { Toolbox, ToolOutcome } from '../tools/toolbox.js';
import type { Round } from './rounds.js';
import type { RunEventSink } from './run-event.js';

export interface StepHooks {
  readonly emit: RunEventSink;
  /** Resolves when everything that was emitted is safe. */
  readonly save: () => Promise<void>;
  /** Throws when no new step is to begin in this process. */
  readonly mayBegin: () => void;
}

/**
 * Does each step of a run once, over all its attempts: what is on record is given back, what is not is done, and it is safe
 * before the next step begins. So a run that is killed goes on where it was, and nothing is paid for or done twice.
 */
export class Steps {
  private round = -1;

  constructor(private readonly recorded: readonly Round[], private readonly hooks: StepHooks) {}

  /** The model's next reply. It is safe before its tools run, or with the end of the run. */
  async reply(ask: () => Promise<Reply>): Promise<Reply> {
    this.round += 1;
    const known = this.recorded[this.round];
    if (known) return known.reply;
    this.hooks.mayBegin();
    const reply = await ask();
    this.hooks.emit({ type: 'reply.received', reply });
    return reply;
  }

  /** The outcomes of its tool calls, in their order. That a call begins is safe before it does, and its outcome before the model hears of it. */
  async outcomes(calls: readonly ToolUseBlock[], toolbox: Toolbox, signal: AbortSignal): Promise<readonly ToolOutcome[]> {
    const { started, completed } = this.recorded[this.round] ?? NOTHING;
    const { emit, save } = this.hooks;
    const isLost = (call: ToolUseBlock) => started.has(call.id) && !toolbox.mayRepeat(call);
    const open = calls.filter(({ id }) => !completed.has(id));
    const lost = open.filter(isLost).map(unknownOutcome);
    const due = open.filter((call) => !isLost(call));
    for (const outcome of lost) emit({ type: 'tool.completed', outcome });
    for (const call of due) emit({ type: 'tool.started', call });
    await save();
    const done = due.length === 0 ? [] : await toolbox.execute(due, { signal, onToolCompleted: (outcome) => emit({ type: 'tool.completed', outcome }) });
    await save();
    return done.length === calls.length ? done : inOrder(calls, [...completed.values(), ...lost, ...done]);
  }
}

const NOTHING: Pick<Round, 'started' | 'completed'> = { started: new Set(), completed: new Map() };

/** Whoever ran it is gone, and nobody knows how far it came: to do it again could do it twice (I11 of the reliability rules). */
function unknownOutcome({ id, name }: ToolUseBlock): ToolOutcome {
  return {
    toolUseId: id, toolName: name, errorType: 'interrupted', degraded: true,
    content: 'The process that ran this tool ended before it could say how it went. It may have taken effect. Verify before you repeat it.',
  };
}

function inOrder(calls: readonly ToolUseBlock[], outcomes: readonly ToolOutcome[]): readonly ToolOutcome[] {
  const byId = new Map(outcomes.map((outcome) => [outcome.toolUseId, outcome]));
  return calls.map(({ id }) => byId.get(id)).filter((outcome) => outcome !== undefined);
}
