import * as fc from 'fast-check';
import { repairHistory } from '../../../../src/agent/history/repair.js';
import { isValidHistory } from '../../../../src/agent/history/valid.js';
import { cleanText } from '../../../../src/kernel/text.js';
import type { Message } from '../../../../src/kernel/transcript.js';
import { brokenHistory, complaintAboutNext, damagedHistory, goodHistory } from './arbitrary-histories.js';

const asks = (content: unknown = 'a'): Message => ({ role: 'user', content }) as Message;
const says = (...content: unknown[]): Message => ({ role: 'assistant', content }) as Message;
const text = (words: string) => ({ type: 'text', text: words });
const call = (id: string, input: unknown = {}) => ({ type: 'tool_use', id, name: 'calculator', input });
const result = (id: string, content = '4') => ({ type: 'tool_result', tool_use_id: id, content });
const unknown = (id: string) => ({ type: 'tool_result', tool_use_id: id, is_error: true, content: 'The outcome of this call is not known. Verify it before you repeat the call.' });
const NOT_ANSWERED = says(text('(This was not answered.)'));

it.each<[string, readonly Message[], readonly Message[], number]>([
  ['a question without an answer is closed', [asks()], [asks(), NOT_ANSWERED], 1],
  ['a question before another one is asked with it', [asks('a'), asks('b'), says(text('c'))], [asks([text('a'), text('b')]), says(text('c'))], 3],
  ['two answers become one', [asks(), says(text('b')), says(text('c'))], [asks(), says(text('b'), text('c'))], 2],
  ['an answer to nothing is left out', [says(text('x')), asks(), says(text('b'))], [asks(), says(text('b'))], 3],
  ['results of nothing are left out', [asks([result('1')]), asks(), says(text('b'))], [asks(), says(text('b'))], 3],
  ['a call without a result gets one that says so', [asks(), says(call('1')), asks('go on'), says(text('b'))], [asks(), says(call('1')), asks([unknown('1'), text('go on')]), says(text('b'))], 1],
  ['a last call gets a result and an end', [asks(), says(call('1'))], [asks(), says(call('1')), asks([unknown('1')]), NOT_ANSWERED], 2],
  ['results come in the order of the calls, once each, before what was written', [asks(), says(call('1'), call('2')), asks([text('t'), result('2'), result('1', '5'), result('1', '6'), result('3')]), says(text('b'))],
    [asks(), says(call('1'), call('2')), asks([result('1', '5'), result('2'), text('t')]), says(text('b'))], 1],
  ['a blank result is as good as none', [asks(), says(call('1')), asks([result('1', ' ')]), says(text('b'))], [asks(), says(call('1')), asks([unknown('1')]), says(text('b'))], 1],
  ['of two calls with the same id the second is left out', [asks(), says(call('1', { a: 1 }), call('1', { a: 2 }), call('2')), asks([result('1'), result('2')]), says(text('b'))], [asks(), says(call('1', { a: 1 }), call('2')), asks([result('1'), result('2')]), says(text('b'))], 1],
  ['a call whose id was used by an earlier answer is left out, with its result', [asks(), says(call('1')), asks([result('1')]), says(text('x'), call('1')), asks([result('1')]), says(text('b'))],
    [asks(), says(call('1')), asks([result('1')]), says(text('x')), asks('(This was not answered.)'), says(text('b'))], 2],
  ['an answer of nothing but such a call says that there was none', [asks(), says(call('1')), asks([result('1')]), says(call('1'))], [asks(), says(call('1')), asks([result('1')]), NOT_ANSWERED], 1],
  ['blank texts are left out', [asks([text('a'), text(' ')]), says(text(''), text('b'))], [asks([text('a')]), says(text('b'))], 2],
  ['a blank question is left out, with its answer', [asks(' '), says(text('b')), asks('c'), says(text('d'))], [asks('c'), says(text('d'))], 4],
  ['a blank question between two answers is left out', [asks(), says(text('b')), asks('\n'), says(text('d'))], [asks(), says(text('b'), text('d'))], 3],
  ['an empty answer says that there was none', [asks(), says(), asks('c'), says(text(' '))], [asks(), NOT_ANSWERED, asks('c'), NOT_ANSWERED], 2],
  ['NULs go, half surrogate pairs are replaced, also in inputs', [asks('a\0\ud83d'), says(call('1', { 'q\0': ['\udc00'] })), asks([result('1', '4\0')]), says(text('b'))],
    [asks('a\ufffd'), says(call('1', { q: ['\ufffd'] })), asks([result('1', '4')]), says(text('b'))], 3],
  ['an answer that is a bare text becomes a block', [asks(), { role: 'assistant', content: 'b' } as unknown as Message], [asks(), says(text('b'))], 1],
  ['a bare text of nothing is no answer', [asks(), { role: 'assistant', content: ' ' } as unknown as Message], [asks(), NOT_ANSWERED], 1],
])('%s', (_what, history, repaired, repairs) => {
  expect(repairHistory(history)).toEqual({ history: repaired, repairs });
});

describe('whatever was stored', () => {
  const anyHistory = fc.oneof(brokenHistory, damagedHistory);

  it('becomes a history behind which a question can be asked, and is then left alone', () => {
    fc.assert(fc.property(anyHistory, (history) => {
      const { history: repaired, repairs } = repairHistory(history);
      expect(isValidHistory(repaired)).toBe(true);
      expect(complaintAboutNext(repaired)).toBeUndefined();
      expect(repairs > 0).toBe(repaired !== history);
      const again = repairHistory(repaired);
      expect(again.repairs).toBe(0);
      expect(again.history).toBe(repaired);
    }), { seed: 5, numRuns: 2_000 });
  });

  it('keeps every question that a person asked, and everything of an answer that can be shown', () => {
    fc.assert(fc.property(anyHistory, (history) => {
      const first = history.findIndex((turn) => turn.role === 'user' && textsOf(turn).length > 0);
      const before = first < 0 ? [] : history.slice(first);
      expect(repairHistory(history).history.flatMap(textsOf).filter(isNotOurs)).toEqual(before.flatMap(textsOf));
    }), { seed: 6, numRuns: 1_000 });
  });

  it('is not changed by being repaired: what is made is new', () => {
    fc.assert(fc.property(anyHistory, (history) => {
      const copy = structuredClone(history);
      repairHistory(history);
      expect(history).toEqual(copy);
    }), { seed: 7, numRuns: 300 });
  });
});

it('what a service without bugs wrote is given back as it is', () => {
  fc.assert(fc.property(goodHistory, (history) => {
    const { history: same, repairs } = repairHistory(history);
    expect(same).toBe(history);
    expect(repairs).toBe(0);
  }), { seed: 8, numRuns: 200 });
});

/** The texts of a turn that say something, in the form in which they may be kept. */
function textsOf({ content }: Message): readonly string[] {
  const blocks: readonly object[] = typeof content === 'string' ? [text(content)] : content;
  return blocks.flatMap((block) => ('text' in block ? [cleanText(String(block.text))] : [])).filter((words) => words.trim() !== '');
}

function isNotOurs(words: string): boolean {
  return words !== '(This was not answered.)';
}
