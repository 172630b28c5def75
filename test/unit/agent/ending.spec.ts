import type { Ending } from '../../../src/agent/agent-loop.js';
import { judge } from '../../../src/agent/ending.js';
import { isValidHistory } from '../../../src/agent/history/valid.js';
import type { AssistantBlock } from '../../../src/kernel/transcript.js';
import { asked, call, result, said, text } from './history/histories.js';

const STEPS = [asked('q'), said(call('t1')), asked([result('t1')])];

function ending(stopReason: Ending['stopReason'], words: string, ...last: AssistantBlock[]): Ending {
  const content = words === '' ? last : [text(words), ...last];
  return { stopReason, text: words, iterations: 2, turns: [...STEPS, said(...content)] };
}

it.each(['end_turn', 'stop_sequence'] as const)('keeps an answer that ended with %s as it is', (stopReason) => {
  const whole = ending(stopReason, 'yes', { type: 'thinking', thinking: 'hm', signature: 's' });
  const verdict = judge(whole);
  expect(verdict).toEqual({ reply: 'yes', turns: whole.turns });
  expect(verdict.turns).toBe(whole.turns);
});

it.each(['end_turn', 'stop_sequence'] as const)('does not keep a tool call that came with an answer that ended with %s', (stopReason) => {
  expect(judge(ending(stopReason, 'yes', call('t2')))).toEqual({ reply: 'yes', turns: [...STEPS, said('yes')] });
});

it.each(['tool_use', 'max_tokens', 'model_context_window_exceeded', 'pause_turn', 'other'] as const)('shows and keeps the text of an answer that stopped with %s, and says that it is not whole', (stopReason) => {
  expect(judge(ending(stopReason, 'half', call('t2')))).toEqual({ reply: 'half', errorType: 'truncated', turns: [...STEPS, said('half')] });
});

it.each(['end_turn', 'stop_sequence', 'tool_use', 'max_tokens', 'model_context_window_exceeded', 'pause_turn', 'other'] as const)('fails when an answer that stopped with %s says nothing', (stopReason) => {
  for (const words of ['', ' \n']) {
    expect(() => judge(ending(stopReason, words, call('t2')))).toThrow(expect.objectContaining({ code: 'llm_empty_reply', errorType: 'bad_response', retryable: true }));
  }
});

it('keeps nothing of a refusal, and shows what the model said of it', () => {
  expect(judge(ending('refusal', 'I can not.', call('t2')))).toEqual({ reply: 'I can not.', errorType: 'refusal', turns: [] });
  expect(judge(ending('refusal', ''))).toEqual({ reply: 'The model declined to answer this request.', errorType: 'refusal', turns: [] });
});

it.each([
  ['max_iterations', 'I stopped after 2 steps without reaching an answer.'], ['tool_loop', 'I stopped because I kept repeating the same steps without getting further.'],
] as const)('closes a run that ended with %s with words of its own', (stopReason, words) => {
  expect(judge({ stopReason, text: '', iterations: 2, turns: STEPS })).toEqual({ reply: words, errorType: stopReason, turns: [...STEPS, said(words)] });
});

it.each(['end_turn', 'stop_sequence', 'refusal', 'tool_use', 'max_tokens', 'model_context_window_exceeded', 'pause_turn', 'other'] as const)('leaves a valid conversation behind %s', (stopReason) => {
  expect(isValidHistory(judge(ending(stopReason, 'words', call('t2'))).turns)).toBe(true);
});

it.each(['max_iterations', 'tool_loop'] as const)('leaves a valid conversation behind %s', (stopReason) => {
  expect(isValidHistory(judge({ stopReason, text: '', iterations: 2, turns: STEPS }).turns)).toBe(true);
});
