import * as fc from 'fast-check';
import { isValidHistory } from '../../../../src/agent/history/valid.js';
import type { Message, ToolResultBlock, ToolUseBlock } from '../../../../src/kernel/transcript.js';
import { brokenHistory, complaintAboutNext, damagedHistory, goodHistory } from './arbitrary-histories.js';

const asks = (content: unknown = 'a'): Message => ({ role: 'user', content }) as Message;
const says = (...content: unknown[]): Message => ({ role: 'assistant', content }) as Message;
const text = (words: string) => ({ type: 'text', text: words });
const call = (id: string, input: unknown = {}): ToolUseBlock => ({ type: 'tool_use', id, name: 'calculator', input });
const result = (id: string, content = '4'): ToolResultBlock => ({ type: 'tool_result', tool_use_id: id, content });

const answered = [asks(), says(text('b'))];
const thinking = { type: 'thinking', thinking: ' ', signature: '' };

it.each<[string, readonly Message[]]>([
  ['that is empty', []],
  ['of question and answer', answered],
  ['whose question is a list of texts', [asks([text('a'), text('b')]), says(text('c'))]],
  ['with several exchanges', [...answered, ...answered]],
  ['with tool calls and their results in order', [asks(), says(text('w'), call('1'), call('2')), asks([result('1'), result('2')]), says(text('d'))]],
  ['where a person wrote something behind the results', [asks(), says(call('1')), asks([result('1'), text('and?')]), says(text('d'))]],
  ['with blocks that only the model can read', [asks(), says(thinking, text('b'))]],
  ['with calls one after the other', [asks(), says(call('1')), asks([result('1')]), says(call('2')), asks([result('2')]), says(text('d'))]],
])('a history %s is valid', (_what, history) => {
  expect(isValidHistory(history)).toBe(true);
  expect(complaintAboutNext(history)).toBeUndefined();
});

it.each<[string, readonly Message[]]>([
  ['begins with an answer', [says(text('b')), asks()]],
  ['ends with a question', [...answered, asks()]],
  ['is only a question', [asks()]],
  ['has two questions in a row', [asks(), asks(), says(text('b'))]],
  ['has two answers in a row', [asks(), says(text('b')), says(text('c')), asks()]],
  ['has an empty question', [asks(''), says(text('b'))]],
  ['has a blank question', [asks(' \n'), says(text('b'))]],
  ['has a question of no blocks', [asks([]), says(text('b'))]],
  ['has an empty answer', [asks(), says()]],
  ['has a blank text block', [asks(), says(text('b'), text(' '))]],
  ['has a NUL', [asks('a\0'), says(text('b'))]],
  ['has half a surrogate pair', [asks(), says(text('\ud83d'))]],
  ['has half a surrogate pair in the input of a call', [asks(), says(call('1', { a: ['\ud83d'] })), asks([result('1')]), says(text('d'))]],
  ['has a NUL in the name of a field', [asks(), says(call('1', { 'a\0': 1 })), asks([result('1')]), says(text('d'))]],
  ['ends with a tool call', [asks(), says(call('1'))]],
  ['has a call without a result', [asks(), says(call('1')), asks(), says(text('b'))]],
  ['has a call without a result beside texts', [asks(), says(call('1')), asks([text('a')]), says(text('b'))]],
  ['has a result for one of two calls', [asks(), says(call('1'), call('2')), asks([result('1')]), says(text('b'))]],
  ['has a result for a call that was never made', [asks(), says(text('b')), asks([result('1')]), says(text('b'))]],
  ['has a result for another call', [asks(), says(call('1')), asks([result('2')]), says(text('b'))]],
  ['begins with a result', [asks([result('1')]), says(text('b'))]],
  ['has two results for a call', [asks(), says(call('1')), asks([result('1'), result('1')]), says(text('b'))]],
  ['has a text before the results', [asks(), says(call('1')), asks([text('a'), result('1')]), says(text('b'))]],
  ['has results in another order than the calls', [asks(), says(call('1'), call('2')), asks([result('2'), result('1')]), says(text('b'))]],
  ['has a blank result', [asks(), says(call('1')), asks([result('1', ' ')]), says(text('b'))]],
  ['has the same id twice in an answer', [asks(), says(call('1'), call('1')), asks([result('1'), result('1')]), says(text('b'))]],
  ['has the same id twice in two answers', [asks(), says(call('1')), asks([result('1')]), says(call('1')), asks([result('1')]), says(text('b'))]],
  ['has the results one exchange too late', [asks(), says(call('1')), asks(), says(text('b')), asks([result('1')]), says(text('c'))]],
  ['has results again that were given', [asks(), says(call('1')), asks([result('1')]), says(text('b')), asks([result('1')]), says(text('c'))]],
  ['has an answer that is a bare text', [asks(), { role: 'assistant', content: 'b' } as unknown as Message]],
])('a history is not valid that %s', (_what, history) => {
  expect(isValidHistory(history)).toBe(false);
});

it('is true of every history that a service without bugs writes', () => {
  fc.assert(fc.property(goodHistory, (history) => {
    expect(isValidHistory(history)).toBe(true);
    expect(complaintAboutNext(history)).toBeUndefined();
  }), { seed: 3, numRuns: 200 });
});

it('is never true of a history that the API would refuse', () => {
  fc.assert(fc.property(fc.oneof(brokenHistory, damagedHistory), (history) => !isValidHistory(history) || complaintAboutNext(history) === undefined), { seed: 4, numRuns: 3_000 });
});
