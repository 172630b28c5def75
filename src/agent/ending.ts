import { Failure, type ErrorType } from '../kernel/failure.js';
import type { Message } from '../kernel/transcript.js';
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
      return { reply: spoken(ending), turns: ending.turns };
    case 'refusal':
      // A refused turn is not kept: the model would go on refusing because of it.
      return { reply: ending.text || 'The model declined to answer this request.', errorType: 'refusal', turns: [] };
    case 'max_iterations': {
      const reply = `I stopped after ${ending.iterations} steps without reaching an answer.`;
      return { reply, errorType: 'max_iterations', turns: [...ending.turns, { role: 'assistant', content: [{ type: 'text', text: reply }] }] };
    }
    case 'tool_use':
    case 'max_tokens':
    case 'model_context_window_exceeded':
    case 'pause_turn':
    case 'other':
      return truncated(ending);
  }
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
