import type { ReplyBlock } from './protocol/messages-protocol.js';
import type { ScriptedStep } from './scripted-step.js';

/** A word whose step is always the same. */
interface ContentWord {
  readonly step: () => ScriptedStep;
}

const CALL: ReplyBlock = { type: 'tool_use', name: 'calculator', input: { expression: '1 + 1' } };
/** Parsers that repair JSON make a whole note of this. */
const CUT_NOTE: ReplyBlock = { type: 'tool_use', name: 'save_note', input: {}, rawInput: '{"content":"looks complete","filename":"shopping-li' };

/** The words for what a reply says: the stop reasons, calls of tools that are wrong, and nothing. */
export const CONTENT_WORDS: Readonly<Record<string, ContentWord>> = {
  tool: reply([CALL]),
  unknown_tool: reply([{ type: 'tool_use', name: 'no_such_tool', input: {} }]),
  bad_input: reply([{ type: 'tool_use', name: 'calculator', input: { expression: 5 } }]),
  extra_input: reply([{ type: 'tool_use', name: 'calculator', input: { expression: '1 + 1', unexpected: true } }]),
  bad_tool_json: reply([{ type: 'tool_use', name: 'calculator', input: {}, rawInput: '{"expression": "1 + 1", nonsense' }]),
  dup_ids: reply([{ ...CALL, id: 'toolu_twice' }, { ...CALL, id: 'toolu_twice' }]),
  max_tokens: reply([text('This answer ends in the middle of a')], 'max_tokens'),
  max_tokens_empty: reply([], 'max_tokens'),
  max_tokens_tool: reply([CUT_NOTE], 'max_tokens'),
  refusal: reply([], 'refusal'),
  refusal_partial: reply([text('I can begin this, but')], 'refusal'),
  refusal_tool: reply([CALL], 'refusal'),
  end_turn_tool: reply([CALL], 'end_turn'),
  pause_turn: reply([text('This takes longer; I will go on.')], 'pause_turn'),
  context_exceeded: reply([text('There is no more room for')], 'model_context_window_exceeded'),
  unknown_stop: reply([text('This ended for a new reason.')], 'never_heard_of'),
  whitespace: reply([text(' \n\t ')]),
  empty_content: reply([]),
};

function reply(content: readonly ReplyBlock[], stopReason?: string): ContentWord {
  return { step: () => ({ kind: 'reply', content, ...(stopReason !== undefined && { stopReason }) }) };
}

function text(value: string): ReplyBlock {
  return { type: 'text', text: value };
}
