import * as fc from 'fast-check';
import { repairHistory } from '../../../../src/agent/history/repair.js';
import { isValidHistory } from '../../../../src/agent/history/valid.js';
import type { Message } from '../../../../src/kernel/transcript.js';
import { asked, brokenHistory, call, refusal, result, said, stored, text, validHistory } from './histories.js';

const LOST = { type: 'tool_result', tool_use_id: 't1', content: 'The outcome of this call is not known. Verify it before you repeat the call.', is_error: true } as const;
const UNANSWERED = '(This was not answered.)';
const thought = { type: 'thinking', thinking: 'hm', signature: 's' } as const;

type Case = readonly [broken: readonly Message[], mended: readonly Message[], repairs: number];
const CASES: Record<string, Case> = {
  'gives a last question an answer that says there was none': [[asked('a')], [asked('a'), said(UNANSWERED)], 1],
  'leaves out answers that come before any question': [[said('x'), asked('a'), said('b')], [asked('a'), said('b')], 3],
  'leaves out results that come before any question': [[asked([result('t1')]), asked('a'), said('b')], [asked('a'), said('b')], 3],
  'leaves out what is nobody\'s turn': [stored({ role: 'system', content: 'x' }, asked('a'), said('b')), [asked('a'), said('b')], 3],
  'makes one question of two in a row': [[asked('a'), asked([text('b')]), said('c')], [asked([text('a'), text('b')]), said('c')], 3],
  'makes one answer of two in a row': [[asked('a'), said('b'), said('c', thought)], [asked('a'), said('b', 'c', thought)], 2],
  'makes one question of three in a row': [[asked('a'), asked('b'), asked('c'), said('d')], [asked([text('a'), text('b'), text('c')]), said('d')], 4],
  'leaves out a blank question, and joins the answers around it': [[asked('a'), said('b'), asked(' '), said('c')], [asked('a'), said('b', 'c')], 3],
  'leaves out a question of no blocks': [[asked('a'), said('b'), asked([])], [asked('a'), said('b')], 1],
  'leaves out a turn without content': [stored(asked('a'), said('b'), { role: 'user' }), [asked('a'), said('b')], 1],
  'leaves out blank texts among good ones': [[asked([text(''), text('a')]), said('\n', 'b')], [asked([text('a')]), said('b')], 2],
  'says so where an answer was empty': [[asked('a'), said(), asked('b'), said(' ')], [asked('a'), said(UNANSWERED), asked('b'), said(UNANSWERED)], 2],
  'takes NUL and half surrogates out of texts': [[asked('a\0\ud800'), said('b\0')], [asked('a\ufffd'), said('b')], 2],
  'takes them out of ids, names and inputs': [
    [asked('a'), said(call('t\x001', { 'x\0': ['\ud800'] }, 'to\0ol')), asked([result('t1\0')]), said('b')],
    [asked('a'), said(call('t1', { x: ['\ufffd'] }, 'tool')), asked([result('t1')]), said('b')], 2,
  ],
  'keeps an answer that another writer stored as a bare text': [stored(asked('a'), { role: 'assistant', content: 'b' }), [asked('a'), said('b')], 1],
  'answers a last call with an unknown outcome': [[asked('a'), said(call('t1'))], [asked('a'), said(call('t1')), asked([LOST]), said(UNANSWERED)], 2],
  'answers a call in the middle, and keeps the question behind it': [
    [asked('a'), said(call('t1')), asked('b'), said('c')], [asked('a'), said(call('t1')), asked([LOST, text('b')]), said('c')], 1,
  ],
  'answers a call when the result was blank': [[asked('a'), said(call('t1')), asked([result('t1', ' ')]), said('c')], [asked('a'), said(call('t1')), asked([LOST]), said('c')], 1],
  'prefers a good result to a blank one': [
    [asked('a'), said(call('t1')), asked([result('t1', ''), result('t1', 'good'), result('t1', 'late')]), said('c')],
    [asked('a'), said(call('t1')), asked([result('t1', 'good')]), said('c')], 1,
  ],
  'puts results in the order of their calls, before what the person wrote': [
    [asked('a'), said(call('t1'), call('t2')), asked([text('b'), result('t2', '2'), result('t1', '1')]), said('c')],
    [asked('a'), said(call('t1'), call('t2')), asked([result('t1', '1'), result('t2', '2'), text('b')]), said('c')], 1,
  ],
  'leaves out results that nobody asked for': [
    [asked('a'), said(call('t1')), asked([result('t1'), result('t9')]), said('b'), asked([text('c'), result('t1')]), said('d')],
    [asked('a'), said(call('t1')), asked([result('t1')]), said('b'), asked([text('c')]), said('d')], 2,
  ],
  'says so where only a stray result was': [[asked('a'), said('b'), asked([result('t9')]), said('c')], [asked('a'), said('b'), asked(UNANSWERED), said('c')], 1],
  'gives a call only the result that came right behind it': [
    [asked('a'), said(call('t1')), asked('b'), said('c'), asked([result('t1')]), said('d')],
    [asked('a'), said(call('t1')), asked([LOST, text('b')]), said('c'), asked(UNANSWERED), said('d')], 2,
  ],
  'leaves out the second of two calls with one id in a turn': [
    [asked('a'), said(call('t1', { n: 1 }), call('t1', { n: 2 })), asked([result('t1')]), said('b')], [asked('a'), said(call('t1', { n: 1 })), asked([result('t1')]), said('b')], 1,
  ],
  'leaves out a call whose id was used before, and its result': [
    [asked('a'), said(call('t1')), asked([result('t1')]), said('x', call('t1')), asked([result('t1')]), said('b')],
    [asked('a'), said(call('t1')), asked([result('t1')]), said('x'), asked(UNANSWERED), said('b')], 2,
  ],
  'leaves out calls that no API takes': [
    [asked('a'), said('x', call('not an id'), call('t1', {}, 'not a name'), call('t2', 'no object')), asked([result('t1')]), said('b')],
    [asked('a'), said('x'), asked(UNANSWERED), said('b')], 2,
  ],
  'takes a blank turn between calls for their lost results': [
    [asked('a'), said(call('t1')), asked(''), said(call('t2')), asked([]), said('b')],
    [asked('a'), said(call('t1')), asked([LOST]), said(call('t2')), asked([{ ...LOST, tool_use_id: 't2' }]), said('b')], 2,
  ],
  'makes nothing of nothing that can be read': [[said('a'), asked([result('t1')]), said(call('t2'))], [], 3],
};

it.each(Object.keys(CASES))('%s', (what) => {
  const [broken, mended, repairs] = CASES[what] as Case;
  expect(repairHistory(broken)).toEqual({ history: mended, repairs });
  expect(refusal(mended)).toBeUndefined();
});

it('has nothing to do for a history that we wrote, and gives back the very one', () => {
  fc.assert(fc.property(validHistory, (history) => {
    const repaired = repairHistory(history);
    expect(repaired.history).toBe(history);
    expect(repaired.repairs).toBe(0);
  }));
});

it('makes any history one that the model API takes, and has nothing to do the second time', () => {
  fc.assert(fc.property(brokenHistory, (broken) => {
    const { history } = repairHistory(broken);
    expect(refusal(history)).toBeUndefined();
    expect(isValidHistory(history)).toBe(true);
    const again = repairHistory(history);
    expect(again.history).toBe(history);
    expect(again.repairs).toBe(0);
  }), { numRuns: 3_000 });
});

it('counts a repair exactly when it did something', () => {
  fc.assert(fc.property(brokenHistory, (broken) => {
    const { history, repairs } = repairHistory(broken);
    expect(repairs > 0).toBe(history !== broken);
    expect(repairs).toBeLessThanOrEqual(Math.max(broken.length, history.length));
  }), { numRuns: 1_000 });
});

it('does not change what it was given', () => {
  fc.assert(fc.property(brokenHistory, (broken) => {
    const before = structuredClone(broken);
    repairHistory(broken);
    expect(broken).toEqual(before);
  }));
});

/** Every text that a person wrote, one after the other. */
function questions(history: readonly Message[]): string[] {
  return history.flatMap(({ role, content }) => {
    if (role !== 'user') return [];
    return typeof content === 'string' ? [content] : (Array.isArray(content) ? content : []).flatMap((block) => (block.type === 'text' ? [String(block.text ?? '')] : []));
  });
}

it('keeps every question that can be read, in its order', () => {
  fc.assert(fc.property(brokenHistory, (broken) => {
    const readable = questions(broken).map((words) => words.toWellFormed().replaceAll('\0', '')).filter((words) => words.trim() !== '');
    expect(questions(repairHistory(broken).history).filter((words) => words !== UNANSWERED)).toEqual(readable);
  }), { numRuns: 2_000 });
});
