import * as fc from 'fast-check';
import { trimHistory } from '../../../../src/agent/history/trim.js';
import type { Message } from '../../../../src/kernel/transcript.js';
import { asked, call, requestRefusal, result, said, text, validRequest } from './histories.js';

/** A question with one tool call, and its answer. */
const withTool = (n: number, content = '4') => [asked(`q${n}`), said(call(`t${n}`)), asked([result(`t${n}`, content)]), said(`a${n}`)];
const plain = (n: number) => [asked(`q${n}`), said(`a${n}`)];
const next = asked('next');
const LONG = 'x'.repeat(5_000);
const CUT = `${'x'.repeat(1_000)}… (5000 characters)`;

it('leaves out the older half of what lies between the first exchange and the question', () => {
  expect(trimHistory([...plain(1), ...plain(2), ...plain(3), ...plain(4), ...plain(5), next])).toEqual([...plain(1), ...plain(4), ...plain(5), next]);
});

it('leaves out the larger half of an odd number', () => {
  expect(trimHistory([...plain(1), ...plain(2), ...plain(3), ...plain(4), next])).toEqual([...plain(1), ...plain(4), next]);
});

it('leaves out a single exchange in the middle, with its tool calls', () => {
  expect(trimHistory([...plain(1), ...withTool(2), next])).toEqual([...plain(1), next]);
});

it('keeps the first question with its answer, without the tool calls between them', () => {
  expect(trimHistory([...withTool(1), next])).toEqual([...plain(1), next]);
});

it('takes results with words behind them for a part of the exchange before', () => {
  const first = [asked('q1'), said(call('t1')), asked([result('t1'), text('hurry')]), said('a1')];
  expect(trimHistory([...first, next])).toEqual([...plain(1), next]);
});

it('keeps the steps of a first exchange that has no answer of its own', () => {
  const unfinished = [asked('q1'), said('I look.', call('t1'))];
  expect(trimHistory([...unfinished, ...plain(2), next])).toEqual([...unfinished, next]);
  expect(trimHistory([asked('q1'), ...plain(2), next])).toEqual([asked('q1'), next]);
});

it('keeps the tool calls of newer exchanges, and cuts their long results', () => {
  const messages = [...plain(1), ...plain(2), ...withTool(3, LONG), next];
  expect(trimHistory(messages)).toEqual([...plain(1), ...withTool(3, CUT), next]);
});

it('does not cut a result of the exchange that is under way when older ones can go', () => {
  const current = [next, said(call('t9')), asked([result('t9', LONG)]), said(call('t10')), asked([result('t10', LONG)])];
  expect(trimHistory([...plain(1), ...plain(2), ...current])).toEqual([...plain(1), ...current]);
});

it.each([['is the only one', []], ['has nothing left before it', plain(1)]])('cuts the older results of an exchange that %s, but never the last', (_what, before) => {
  const current = (older: string) => [...before, next, said(call('t9')), asked([result('t9', older)]), said(call('t10')), asked([result('t10', LONG)])];
  expect(trimHistory(current(LONG))).toEqual(current(CUT));
  expect(trimHistory(current(CUT))).toBeUndefined();
});

it('cuts only the long ones of several results, and keeps all else of them', () => {
  const turn = (content: string) => asked([{ ...result('t1', content), is_error: true }, result('t2', 'short'), text(LONG)]);
  const messages = (content: string) => [asked('q'), said(call('t1'), call('t2')), turn(content), said('more', call('t3')), asked([result('t3')])];
  expect(trimHistory(messages(LONG))).toEqual(messages(CUT));
});

it('gives back the very turns that it did not have to change', () => {
  const messages = [asked('q'), said(call('t1')), asked([result('t1')]), said(call('t2')), asked([result('t2', LONG)]), said(call('t3')), asked([result('t3')])];
  const trimmed = trimHistory(messages) ?? [];
  expect(trimmed.map((message, index) => message === messages[index])).toEqual([true, true, true, true, false, true, true]);
});

it.each([['x', 1_032, false], ['x', 1_033, true], ['😀', 1_032, false], ['😀', 1_033, true], ['x', 1_001, false]])('counts code points, and cuts no result that would hardly get shorter: %s %d times: %s', (letter, times, isCut) => {
  const messages = (content: string) => [asked('q'), said(call('t1')), asked([result('t1', content)]), said(call('t2')), asked([result('t2')])];
  const content = letter.repeat(times);
  expect(trimHistory(messages(content))).toEqual(isCut ? messages(`${letter.repeat(1_000)}… (${content.length} characters)`) : undefined);
});

it.each<[string, Message[]]>([
  ['nothing', []], ['a question alone', [next]], ['one exchange before the question', [...plain(1), next]],
  ['a first result of a tool, however long', [next, said(call('t1')), asked([result('t1', LONG)])]],
])('has nothing to leave out of %s', (_what, messages) => {
  expect(trimHistory(messages)).toBeUndefined();
});

const size = (messages: readonly Message[]) => JSON.stringify(messages).length;

it('gives a shorter request that the model API takes, with the first question and all that is under way', () => {
  fc.assert(fc.property(validRequest, (messages) => {
    expect(requestRefusal(messages)).toBeUndefined();
    const trimmed = trimHistory(messages);
    if (!trimmed) return;
    expect(requestRefusal(trimmed)).toBeUndefined();
    expect(trimmed[0]).toEqual(messages[0]);
    expect(trimmed.at(-1)).toBe(messages.at(-1));
    expect(size(trimmed)).toBeLessThan(size(messages));
  }), { numRuns: 500 });
});

it('comes to an end when it is asked again and again', () => {
  fc.assert(fc.property(validRequest, (messages) => {
    let trimmed: readonly Message[] | undefined = messages;
    let times = 0;
    while (trimmed && times < 10) [trimmed, times] = [trimHistory(trimmed), times + 1];
    expect(trimmed).toBeUndefined();
  }));
});

it('does not change what it was given', () => {
  fc.assert(fc.property(validRequest, (messages) => {
    const before = structuredClone(messages);
    trimHistory(messages);
    expect(messages).toEqual(before);
  }));
});
