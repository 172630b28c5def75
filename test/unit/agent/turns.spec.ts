import { asksForTools, resultsTurn } from '../../../src/agent/turns.js';
import { STOP_REASONS } from '../../../src/kernel/transcript.js';
import { textReply, toolReply } from '../../support/fakes.js';

it('runs the tools of a reply that stopped to use them', () => {
  expect(asksForTools(toolReply([['calculator', {}]], 'tool_use', 'I look.'))).toBe(true);
});

it.each(STOP_REASONS.filter((reason) => reason !== 'tool_use'))('runs no tool of a reply that stopped with %s, however whole it looks', (stopReason) => {
  expect(asksForTools(toolReply([['calculator', {}]], stopReason))).toBe(false);
});

it('runs nothing when a reply stopped to use tools and names none', () => {
  expect(asksForTools(textReply('I look.', 'tool_use'))).toBe(false);
});

it('gives each call its result, in the order given, and marks those that failed', () => {
  expect(resultsTurn([
    { toolUseId: 't2', toolName: 'a', content: '4' }, { toolUseId: 't1', toolName: 'b', content: 'too slow', errorType: 'timeout', degraded: true },
  ])).toEqual({
    role: 'user',
    content: [{ type: 'tool_result', tool_use_id: 't2', content: '4' }, { type: 'tool_result', tool_use_id: 't1', content: 'too slow', is_error: true }],
  });
});
