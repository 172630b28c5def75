import * as fc from 'fast-check';
import { trimHistory } from '../../../../src/agent/history/trim.js';
import type { Message } from '../../../../src/kernel/transcript.js';
import { complaint, goodRequest } from './arbitrary-histories.js';

const asks = (content: unknown = 'a'): Message => ({ role: 'user', content }) as Message;
const says = (words: string): Message => ({ role: 'assistant', content: [{ type: 'text', text: words }] });
const calls = (...ids: string[]): Message => ({ role: 'assistant', content: ids.map((id) => ({ type: 'tool_use', id, name: 'web_search', input: {} })) });
const results = (content: string, ...ids: string[]): Message => asks(ids.map((id) => ({ type: 'tool_result', tool_use_id: id, content })));
const exchange = (name: string): readonly Message[] => [asks(name), says(`${name}!`)];
const long = 'x'.repeat(1_500);
const cutLong = `${'x'.repeat(1_000)}… (1500 characters)`;

describe('a conversation that is too long', () => {
  it('loses the older half of what was said between its first exchange and the one under way', () => {
    const trimmed = trimHistory([...exchange('1'), ...exchange('2'), ...exchange('3'), ...exchange('4'), ...exchange('5'), asks('now')]);
    expect(trimmed).toEqual([...exchange('1'), ...exchange('4'), ...exchange('5'), asks('now')]);
  });

  it('loses the larger half of an odd number', () => {
    expect(trimHistory([...exchange('1'), ...exchange('2'), ...exchange('3'), ...exchange('4'), asks('now')])).toEqual([...exchange('1'), ...exchange('4'), asks('now')]);
    expect(trimHistory([...exchange('1'), ...exchange('2'), asks('now')])).toEqual([...exchange('1'), asks('now')]);
  });

  it('loses tool calls together with their results, and those of its first exchange, too', () => {
    const first = [asks('1'), calls('a'), results('4', 'a'), says('1!')];
    const second = [asks('2'), calls('b', 'c'), results('5', 'b', 'c'), says('2!')];
    const third = [asks('3'), calls('d'), results('6', 'd'), says('3!')];
    expect(trimHistory([...first, ...second, ...third, asks('now')])).toEqual([...exchange('1'), ...third, asks('now')]);
  });

  it('has the results of older tool calls cut, and those that were just asked for whole', () => {
    const older = [asks('2'), calls('b', 'c'), asks([{ type: 'tool_result', tool_use_id: 'b', content: long, is_error: true }, { type: 'tool_result', tool_use_id: 'c', content: 'short' }]), says('2!')];
    const current = [asks('now'), calls('d'), results(long, 'd')];
    const [, , cut] = [older[0], older[1], asks([{ type: 'tool_result', tool_use_id: 'b', content: cutLong, is_error: true }, { type: 'tool_result', tool_use_id: 'c', content: 'short' }])];
    expect(trimHistory([...exchange('1'), ...exchange('x'), ...older, ...current])).toEqual([...exchange('1'), older[0], older[1], cut, says('2!'), ...current]);
  });

  it('that consists of one question has all results cut but the last', () => {
    const messages = [asks('now'), calls('a'), results(long, 'a'), calls('b'), results(long, 'b')];
    expect(trimHistory(messages)).toEqual([asks('now'), calls('a'), results(cutLong, 'a'), calls('b'), results(long, 'b')]);
  });

  it('keeps what a person wrote behind the results as it is', () => {
    const turn = (content: string) => asks([{ type: 'tool_result', tool_use_id: 'a', content }, { type: 'text', text: long }]);
    expect(trimHistory([asks('now'), calls('a'), turn(long), calls('b'), results('4', 'b')])).toEqual([asks('now'), calls('a'), turn(cutLong), calls('b'), results('4', 'b')]);
  });

  it('keeps a first exchange whole that has no answer', () => {
    const broken = [asks('1'), calls('a'), results('4', 'a')];
    expect(trimHistory([...broken, ...exchange('2'), asks('now')])).toEqual([...broken, asks('now')]);
    const cutOff = [asks('1'), calls('a')];
    expect(trimHistory([...cutOff, ...exchange('2'), asks('now')])).toEqual([...cutOff, asks('now')]);
  });

  it.each<[string, readonly Message[]]>([
    ['of one question', [asks('now')]],
    ['of nothing', []],
    ['of two short exchanges', [...exchange('1'), asks('now')]],
    ['whose only long result was just asked for', [asks('now'), calls('a'), results(long, 'a')]],
    ['whose long results were cut already', [asks('now'), calls('a'), results(cutLong, 'a'), calls('b'), results('4', 'b')]],
    ['whose result is as long as one may be', [asks('now'), calls('a'), results('x'.repeat(1_000), 'a'), calls('b'), results('4', 'b')]],
    ['whose result would be no shorter with the note that it was cut', [asks('now'), calls('a'), results('x'.repeat(1_005), 'a'), calls('b'), results('4', 'b')]],
    ['whose result has as many characters as may be, of two code units each', [asks('now'), calls('a'), results('😀'.repeat(1_000), 'a'), calls('b'), results('4', 'b')]],
    ['with a long text of a person', [asks(long), calls('a'), results('4', 'a')]],
  ])('has nothing to leave out %s', (_what, messages) => {
    expect(trimHistory(messages)).toBeUndefined();
  });
});

describe('any request without a fault', () => {
  it('is without a fault when it was trimmed, begins with the same question, and ends with the same turns', () => {
    fc.assert(fc.property(goodRequest, (messages) => {
      const trimmed = trimHistory(messages);
      if (!trimmed) return;
      expect(complaint(trimmed)).toBeUndefined();
      expect(trimmed[0]).toEqual(messages[0]);
      expect(trimmed.at(-1)).toEqual(messages.at(-1));
    }), { seed: 9, numRuns: 500 });
  });

  it('becomes shorter each time, until nothing more can be left out', () => {
    fc.assert(fc.property(goodRequest, (messages) => {
      for (let before = messages, trimmed = trimHistory(before); trimmed; before = trimmed, trimmed = trimHistory(before)) {
        expect(JSON.stringify(trimmed).length).toBeLessThan(JSON.stringify(before).length);
      }
    }), { seed: 10, numRuns: 500 });
  });

  it('is not changed by being trimmed: what is made is new', () => {
    fc.assert(fc.property(goodRequest, (messages) => {
      const copy = structuredClone(messages);
      trimHistory(messages);
      expect(messages).toEqual(copy);
    }), { seed: 11, numRuns: 100 });
  });
});
