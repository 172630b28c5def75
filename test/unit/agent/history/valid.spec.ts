import * as fc from 'fast-check';
import { isValidHistory } from '../../../../src/agent/history/valid.js';
import type { Message } from '../../../../src/kernel/transcript.js';
import { asked, brokenHistory, call, refusal, result, said, stored, text, validHistory } from './histories.js';

const GOOD: Record<string, readonly Message[]> = {
  'nothing at all': [],
  'a question and its answer': [asked('2+2?'), said('4')],
  'questions made of blocks': [asked([text('2+2'), text('?')]), said('4', 'really')],
  'a tool call with its result': [asked('2+2?'), said(call('t1')), asked([result('t1')]), said('4')],
  'calls of any form that are answered in their order': [asked('?'), said('I look.', call('t1', { a: null, b: [1, true, null] }), call('t-2_A', {})), asked([result('t1'), result('t-2_A'), text('hurry')]), said('4')],
  'an answer with thoughts of the model': [asked('?'), said({ type: 'thinking', thinking: '', signature: 's' }, 'yes')],
  'texts that only look like escapes': [asked('\\u0000 \\ud800 😀'), said('ok')],
  'a tool name as long as it may be': [asked('?'), said(call('t1', {}, 'n'.repeat(200))), asked([result('t1')]), said('ok')],
};

const BAD: Record<string, readonly Message[]> = {
  'begins with an answer': [said('4'), asked('2+2?')],
  'ends with a question': [asked('2+2?')],
  'has two questions in a row': [asked('a'), asked('b'), said('c'), said('d')],
  'has two answers in a row': [asked('a'), said('b'), said('c'), asked('d')],
  'has a turn of nobody': stored({ role: 'system', content: 'x' }, said('y')),
  'has a question without content': [asked([]), said('a')],
  'has an empty text for a question': [asked(''), said('a')],
  'has a blank text for a question': [asked(' \n'), said('a')],
  'has a blank text among good ones': [asked([text('a'), text('\t')]), said('a')],
  'has an answer without content': [asked('a'), said()],
  'has a blank answer': [asked('a'), said('b', ' ')],
  'has half a surrogate in a question': [asked('\ud800'), said('a')],
  'has a NUL in an answer': [asked('a'), said('b\0')],
  'has a blank result': [asked('a'), said(call('t1')), asked([result('t1', ' ')]), said('b')],
  'has half a surrogate in a result': [asked('a'), said(call('t1')), asked([result('t1', 'x\udfff')]), said('b')],
  'has a NUL in the input of a call': [asked('a'), said(call('t1', { deep: ['\0'] })), asked([result('t1')]), said('b')],
  'has half a surrogate in the name of an input': [asked('a'), said(call('t1', { '\ud800': 1 })), asked([result('t1')]), said('b')],
  'ends with a call that was never answered': [asked('a'), said(call('t1'))],
  'has a call without a result in the middle': [asked('a'), said(call('t1')), asked('b'), said('c')],
  'has one result for two calls': [asked('a'), said(call('t1'), call('t2')), asked([result('t1')]), said('b')],
  'has one result twice': [asked('a'), said(call('t1')), asked([result('t1'), result('t1')]), said('b')],
  'has results in another order': [asked('a'), said(call('t1'), call('t2')), asked([result('t2'), result('t1')]), said('b')],
  'has a result behind a text': [asked('a'), said(call('t1')), asked([text('x'), result('t1')]), said('b')],
  'has a result of another call': [asked('a'), said(call('t1')), asked([result('t9')]), said('b')],
  'has a result that nothing asked for': [asked('a'), said('b'), asked([result('t1')]), said('c')],
  'begins with a result': [asked([result('t1')]), said('b')],
  'has a result one turn too late': [asked('a'), said(call('t1')), asked([result('t1')]), said('b'), asked([result('t1')]), said('c')],
  'has two calls of one id in a turn': [asked('a'), said(call('t1'), call('t1')), asked([result('t1'), result('t1')]), said('b')],
  'uses an id again': [asked('a'), said(call('t1')), asked([result('t1')]), said(call('t1')), asked([result('t1')]), said('b')],
  'has an id that the API does not take': [asked('a'), said(call('t 1')), asked([result('t 1')]), said('b')],
  'has an id that is good at its end only': [asked('a'), said(call(' t')), asked([result(' t')]), said('b')],
  'has an id that is good at its beginning only': [asked('a'), said(call('t ')), asked([result('t ')]), said('b')],
  'calls a tool without a name': [asked('a'), said(call('t1', {}, '')), asked([result('t1')]), said('b')],
  'calls a tool whose name is too long': [asked('a'), said(call('t1', {}, 'n'.repeat(201))), asked([result('t1')]), said('b')],
  'calls a tool whose name has a space before it': [asked('a'), said(call('t1', {}, ' n')), asked([result('t1')]), said('b')],
  'has a call whose input is a list': [asked('a'), said(call('t1', [])), asked([result('t1')]), said('b')],
  'has a call whose input is null': [asked('a'), said(call('t1', null)), asked([result('t1')]), said('b')],
  'has a call whose input is a text': [asked('a'), said(call('t1', 'x')), asked([result('t1')]), said('b')],
  'lets a person call a tool': stored({ role: 'user', content: [text('a'), call('t1')] }, said('b')),
  'lets a person think': stored({ role: 'user', content: [text('a'), { type: 'thinking', thinking: 'x', signature: 's' }] }, said('b')),
  'has a result in an answer': stored(asked('a'), { role: 'assistant', content: [text('b'), result('t1')] }),
  'has a text block without text': stored({ role: 'user', content: [{ type: 'text' }] }, said('b')),
  'has no content': stored({ role: 'user' }, said('b')),
};

it.each(Object.keys(GOOD))('lets %s pass, as the model API does', (what) => {
  expect(isValidHistory(GOOD[what] ?? [])).toBe(true);
  expect(refusal(GOOD[what] ?? [])).toBeUndefined();
});

it.each(Object.keys(BAD))('sees that a history %s', (what) => {
  expect(isValidHistory(BAD[what] ?? [])).toBe(false);
});

it('does not let an answer be a bare text, which the API would take and our own code could not read', () => {
  const history = stored(asked('a'), { role: 'assistant', content: 'b' });
  expect(isValidHistory(history)).toBe(false);
  expect(refusal(history)).toBeUndefined();
});

it('does not let a result be a list of blocks, which the API would take and our own code could not read', () => {
  const history = stored(asked('a'), said(call('t1')), { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't1', content: [text('x')] }] }, said('b'));
  expect(isValidHistory(history)).toBe(false);
  expect(refusal(history)).toBeUndefined();
});

it('lets no history pass that the model API would refuse', () => {
  fc.assert(fc.property(brokenHistory, (history) => {
    if (isValidHistory(history)) expect(refusal(history)).toBeUndefined();
  }), { numRuns: 2_000 });
});

it('lets every history pass that we write', () => {
  fc.assert(fc.property(validHistory, (history) => {
    expect(isValidHistory(history)).toBe(true);
    expect(refusal(history)).toBeUndefined();
  }));
});

it('notices when any one turn of a history is lost', () => {
  fc.assert(fc.property(validHistory.filter(({ length }) => length > 0), fc.nat(), (history, n) => {
    expect(isValidHistory(history.toSpliced(n % history.length, 1))).toBe(false);
  }));
});
