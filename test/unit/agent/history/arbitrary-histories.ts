import * as fc from 'fast-check';
import type { AssistantBlock, Message, ToolResultBlock } from '../../../../src/kernel/transcript.js';
import { validateHistory } from '../../../../src/llm/simulator/protocol/history-validation.js';

type UserTurn = Extract<Message, { role: 'user' }>;
type AssistantTurn = Extract<Message, { role: 'assistant' }>;

const goodText = fc.constantFrom('What is 2 + 2?', ' It is 4. ', 'Grüße, 😀', 'x');
const badText = fc.constantFrom('', ' ', '\n\t', 'a\0b', '\0', 'half \ud83d', '\udc00 half');
const anyText = fc.oneof({ weight: 3, arbitrary: goodText }, { weight: 1, arbitrary: badText });
const textBlock = (text: fc.Arbitrary<string>) => fc.record({ type: fc.constant('text' as const), text });
const id = fc.constantFrom('toolu_1', 'toolu_2', 'toolu_3', 'toolu_4');
const input = fc.constantFrom({}, { expression: '1' }, { nested: [{ text: 'half \udc00' }] }, { 'a\0b': 'c\0d' }, { deep: { list: ['x', null, 2, true] } });
const call = fc.record({ type: fc.constant('tool_use' as const), id, name: fc.constant('calculator'), input });
const thinking = fc.record({ type: fc.constant('thinking' as const), thinking: fc.constant('hm'), signature: fc.constant('s') });
const result = fc.tuple(id, anyText, fc.boolean())
  .map(([tool_use_id, content, failed]): ToolResultBlock => ({ type: 'tool_result', tool_use_id, content, ...(failed && { is_error: true as const }) }));

const brokenUser = fc.oneof(anyText, fc.array(fc.oneof(textBlock(anyText), result), { maxLength: 4 })).map((content): UserTurn => ({ role: 'user', content }));
const brokenAssistant = fc.array(fc.oneof(textBlock(anyText), call, thinking), { maxLength: 4 }).map((content): AssistantTurn => ({ role: 'assistant', content }));

/** Anything that is made of turns, in any order: most are broken in several ways at once. */
export const brokenHistory: fc.Arbitrary<readonly Message[]> = fc.array(fc.oneof(brokenUser, brokenAssistant), { maxLength: 12, size: 'max' });

/** How one exchange goes: its question, its rounds of tool calls (how many, and how long their results are), its answer. */
const exchange = fc.record({
  question: fc.oneof(goodText, fc.array(textBlock(goodText), { minLength: 1, maxLength: 2 })),
  rounds: fc.array(fc.array(fc.constantFrom(1, 999, 1_000, 1_001, 1_020, 5_000), { minLength: 1, maxLength: 3 }), { maxLength: 3 }),
  letter: fc.constantFrom('r', '😀'),
  answer: fc.array(fc.oneof(textBlock(goodText), thinking), { minLength: 1, maxLength: 2 }),
});
type Exchange = typeof exchange extends fc.Arbitrary<infer E> ? E : never;

/** Histories as a service without bugs writes them. */
export const goodHistory: fc.Arbitrary<readonly Message[]> = fc.array(exchange, { maxLength: 6 })
  .map((exchanges) => exchanges.flatMap((each, index) => turnsOf(each, `${index}`)));

/** What a model is asked: a good history, and behind it a question with some rounds of tools, all of them answered. */
export const goodRequest: fc.Arbitrary<readonly Message[]> = fc.tuple(goodHistory, exchange)
  .map(([history, current]) => [...history, ...turnsOf(current, 'current').slice(0, -1)]);

function turnsOf({ question, rounds, letter, answer }: Exchange, prefix: string): readonly Message[] {
  const steps = rounds.flatMap((lengths, round): Message[] => {
    const ids = lengths.map((_length, position) => `toolu_${prefix}_${round}_${position}`);
    return [
      { role: 'assistant', content: ids.map((each): AssistantBlock => ({ type: 'tool_use', id: each, name: 'web_search', input: { query: 'x' } })) },
      { role: 'user', content: ids.map((each, position): ToolResultBlock => ({ type: 'tool_result', tool_use_id: each, content: letter.repeat(lengths[position] ?? 1) })) },
    ];
  });
  return [{ role: 'user', content: question }, ...steps, { role: 'assistant', content: answer }];
}

interface Damage { readonly kind: 'lose turn' | 'double turn' | 'swap turns' | 'lose block' | 'double block' | 'swap blocks' | 'spoil'; readonly at: number; readonly block: number; readonly bad: string; readonly input: object }
const damage: fc.Arbitrary<Damage> = fc.record({
  kind: fc.constantFrom('lose turn' as const, 'double turn' as const, 'swap turns' as const, 'lose block' as const, 'double block' as const, 'swap blocks' as const, 'spoil' as const),
  at: fc.nat(20), block: fc.nat(2), bad: badText, input,
});

/** Good histories to which one or two things happened. */
export const damagedHistory: fc.Arbitrary<readonly Message[]> = fc.tuple(goodHistory, fc.array(damage, { minLength: 1, maxLength: 2 }))
  .map(([history, damages]) => damages.reduce(damaged, history));

function damaged(history: readonly Message[], { kind, at, ...how }: Damage): readonly Message[] {
  const index = at % (history.length || 1);
  const turn = history[index];
  if (!turn) return history;
  if (kind === 'lose turn') return history.toSpliced(index, 1);
  if (kind === 'double turn') return history.toSpliced(index, 0, turn);
  if (kind === 'swap turns') return [...history.slice(0, index), ...history.slice(index, index + 2).toReversed(), ...history.slice(index + 2)];
  return history.with(index, damagedTurn(turn, kind, how));
}

function damagedTurn(turn: Message, kind: Damage['kind'], { block, bad, input: badInput }: Omit<Damage, 'kind' | 'at'>): Message {
  if (typeof turn.content === 'string') return { role: 'user', content: kind === 'spoil' ? bad : '' };
  const blocks: readonly (AssistantBlock | UserTurn['content'][number])[] = turn.content;
  const index = block % blocks.length;
  const spoilt = Object.fromEntries(Object.entries(blocks[index] ?? {}).map(([name, value]) => [name, name === 'text' || name === 'content' ? bad : name === 'input' ? badInput : value]));
  switch (kind) {
    case 'lose block': return { ...turn, content: blocks.toSpliced(index, 1) } as Message;
    case 'double block': return { ...turn, content: blocks.toSpliced(index, 0, ...blocks.slice(index, index + 1)) } as Message;
    case 'swap blocks': return { ...turn, content: blocks.toReversed() } as Message;
    default: return { ...turn, content: [...blocks.slice(0, index), spoilt, ...blocks.slice(index + 1)] } as Message;
  }
}

/** The complaint of an API as strict as the real one about a request of these messages; undefined when it has none. */
export function complaint(messages: readonly Message[]): string | undefined {
  const body = JSON.stringify(messages);
  if (/\\u0000|\\ud[89a-f]/i.test(body)) return 'the body has a NUL or half a surrogate pair';
  try {
    validateHistory(JSON.parse(body), () => false);
    return undefined;
  } catch (error) {
    return String(error);
  }
}

/** The same about a new question behind a history. */
export function complaintAboutNext(history: readonly Message[]): string | undefined {
  return complaint([...history, { role: 'user', content: 'next' }]);
}
