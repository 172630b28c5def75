import * as fc from 'fast-check';
import { cleanValue } from '../../../../src/kernel/text.js';
import type { AssistantBlock, Message, ToolResultBlock, ToolUseBlock } from '../../../../src/kernel/transcript.js';
import { validateHistory } from '../../../../src/llm/simulator/protocol/history-validation.js';

export const asked = (content: Extract<Message, { role: 'user' }>['content']): Message => ({ role: 'user', content });
export const said = (...blocks: (string | AssistantBlock)[]): Message => ({
  role: 'assistant', content: blocks.map((block) => (typeof block === 'string' ? { type: 'text', text: block } : block)),
});
export const call = (id: string, input: unknown = { a: 1 }, name = 'calculator'): ToolUseBlock => ({ type: 'tool_use', id, name, input });
export const result = (id: string, content = '4'): ToolResultBlock => ({ type: 'tool_result', tool_use_id: id, content });
export const text = (words: string) => ({ type: 'text' as const, text: words });
/** What another writer may have stored: anything. */
export const stored = (...turns: unknown[]) => turns as Message[];

/** Why the model API would refuse a new question behind this history; undefined when it would not. */
export function refusal(history: readonly Message[]): string | undefined {
  return requestRefusal([...history, asked('next')]);
}

/** Why the model API would refuse these messages. */
export function requestRefusal(messages: readonly Message[]): string | undefined {
  try {
    validateHistory(messages, () => false);
  } catch (error) {
    return (error as Error).message;
  }
  return JSON.stringify(cleanValue(messages)) === JSON.stringify(messages) ? undefined : 'a text has a NUL or half a surrogate';
}

const words = fc.constantFrom('a', 'two words', '😀', '', ' \n', '\0', 'half \ud800', 'NUL\0inside', '\udc00');
const id = fc.constantFrom('t1', 't2', 't3', 't\0', 'not an id', '');
const anyText = words.map(text);
const anyResult = fc.tuple(id, words).map(([of, content]) => result(of, content));
const anyCall = fc.tuple(id, fc.constantFrom<unknown>({}, { a: 'x\0' }, { '\ud800': 1 }, { deep: [{ b: '\udfff' }] }, null, [], 'text'), fc.constantFrom('tool', 'tool', 'bad name', '')).map(([of, input, name]) => call(of, input, name));
const anyThought = fc.constant({ type: 'thinking', thinking: 'hm', signature: 's' });
const anyBlock = fc.oneof(anyText, anyResult, anyCall, anyThought, fc.constant({ type: 'text' }), fc.constant({ type: 'tool_result', tool_use_id: 't1', content: [text('x')] }));
const anyContent = fc.oneof({ weight: 2, arbitrary: words }, { weight: 6, arbitrary: fc.array(anyBlock, { maxLength: 4 }) }, { weight: 1, arbitrary: fc.constantFrom(undefined, null, 7) });
const likelyTurn = fc.oneof(
  words.map((content) => asked(content)),
  fc.array(fc.oneof(anyText, anyResult), { maxLength: 4 }).map((content) => asked(content)),
  fc.array(fc.oneof(anyText, anyCall, anyThought as fc.Arbitrary<AssistantBlock>), { maxLength: 4 }).map((content) => said(...content)),
);
const wildTurn = fc.record({ role: fc.constantFrom('user', 'assistant', 'assistant', 'system'), content: anyContent }) as unknown as fc.Arbitrary<Message>;

/** What must never have been stored, in every way we could think of. */
export const brokenHistory: fc.Arbitrary<readonly Message[]> = fc.array(fc.oneof({ weight: 4, arbitrary: likelyTurn }, { weight: 1, arbitrary: wildTurn }), { maxLength: 9 });

/** Calls of each round, and how long their results are. */
const rounds = fc.array(fc.array(fc.constantFrom(1, 999, 1_000, 1_032, 1_033, 5_000, 32_000), { minLength: 1, maxLength: 3 }), { maxLength: 3 });
const letter = fc.constantFrom('x', '😀', '\n.');

/** One question, its rounds of tool calls, and the answer; `n` keeps the ids apart. */
function exchange(n: number, lengths: readonly (readonly number[])[], filling: string): Message[] {
  const steps = lengths.flatMap((results, round) => {
    const ids = results.map((_length, index) => `t${n}_${round}_${index}`);
    return [said('I look.', ...ids.map((of) => call(of))), asked(results.map((length, index) => result(String(ids[index]), filling.repeat(length))))];
  });
  return [asked(`question ${n}`), ...steps, said(`answer ${n}`)];
}

const exchanges = fc.array(fc.tuple(rounds, letter), { maxLength: 6 }).map((all) => all.map(([lengths, filling], n) => exchange(n, lengths, filling)));

/** A history as we write it. */
export const validHistory: fc.Arbitrary<readonly Message[]> = exchanges.map((all) => all.flat());

/** What is sent to the model: a history and a new question, or a run in the middle of its tool calls. */
export const validRequest: fc.Arbitrary<readonly Message[]> = fc.tuple(exchanges, rounds, letter)
  .map(([all, lengths, filling]) => [...all.flat(), ...exchange(all.length, lengths, filling).slice(0, -1)]);
