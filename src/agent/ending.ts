import { Failure, type ErrorType } from '../kernel/failure.js';
import { toolCallsOf, type Message } from '../kernel/transcript.js';
import type { Ending } from './agent-loop.js';

export interface Verdict {
  readonly reply: string;
  /** Undefined when the model answered to the end. */
  readonly errorType?: ErrorType;
  /** The turns to keep in the conversation, a valid history; none when the run must leave no trace in it. */
  readonly turns: readonly Message[];
}

/**
 * Judges how a run ended. Every stop reason has one rule, and no rule leaves the conversation in a state that the next
 * request could trip over.
 * @throws Failure `llm_empty_reply` when there is nothing to show and nothing to keep.
 */
export function judge(ending: Ending): Verdict {
  switch (ending.stopReason) {
    case 'end_turn':
    case 'stop_sequence':
      return { reply: spoken(ending), turns: withoutLooseCalls(ending.turns) };
    case 'refusal':
      // A refused turn is not kept: the model would go on refusing because of it.
      return { reply: ending.text || 'The model declined to answer this request.', errorType: 'refusal', turns: [] };
    case 'max_iterations':
      return stopped(ending, 'max_iterations', `I stopped after ${ending.iterations} steps without reaching an answer.`);
    case 'tool_loop':
      return stopped(ending, 'tool_loop', 'I stopped because I kept repeating the same steps without getting further.');
    case 'tool_use':
    case 'max_tokens':
    case 'model_context_window_exceeded':
    case 'pause_turn':
    case 'other':
      return truncated(ending);
  }
}

/** We end the run ourselves, so the closing turn is ours as well. */
function stopped({ turns }: Ending, errorType: ErrorType, reply: string): Verdict {
  return { reply, errorType, turns: [...turns, { role: 'assistant', content: [{ type: 'text', text: reply }] }] };
}

/** Calls that came with an answer were not meant to be run. They must not stay: no result would ever answer them. */
function withoutLooseCalls(turns: readonly Message[]): readonly Message[] {
  const last = turns.at(-1);
  if (last?.role !== 'assistant' || toolCallsOf(last.content).length === 0) return turns;
  return [...turns.slice(0, -1), { role: 'assistant', content: last.content.filter(({ type }) => type !== 'tool_use') }];
}

/** The text is shown and kept, the unfinished tool calls behind it are not: nothing may answer a call that never ran. */
function truncated(ending: Ending): Verdict {
  const reply = spoken(ending);
  return { reply, errorType: 'truncated', turns: [...ending.turns.slice(0, -1), { role: 'assistant', content: [{ type: 'text', text: reply }] }] };
}

function spoken({ text }: Ending): string {
  if (text.trim() !== '') return text;
  throw new Failure('llm_empty_reply', { errorType: 'bad_response', retryable: true, publicMessage: 'The model gave an empty answer.' });
}
