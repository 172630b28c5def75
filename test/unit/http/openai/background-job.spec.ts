import { backgroundAnswer } from '../../../../src/http/openai/background-job.js';
import { BACKGROUND_JOBS } from '../../../../src/kernel/facts.js';
import { BACKGROUND_PROMPTS, ORDINARY_PROMPTS } from './background-prompts.js';

describe('a chat program that asks for itself', () => {
  it.each(BACKGROUND_PROMPTS)('$from is answered without the agent', ({ messages, kind, answer }) => {
    expect(backgroundAnswer(messages)).toEqual({ kind, answer });
  });

  it('has no kind that nothing is recognised as', () => {
    expect(BACKGROUND_JOBS.filter((kind) => !BACKGROUND_PROMPTS.some((prompt) => prompt.kind === kind))).toEqual([]);
  });

  it('gets a title also where the conversation has no question', () => {
    const [{ messages } = { messages: [] }] = BACKGROUND_PROMPTS;
    const empty = messages.map(({ role, text }) => ({ role, text: text.replace(/<chat_history>[^]*$/, '<chat_history>\n</chat_history>') }));
    expect(backgroundAnswer(empty)).toEqual({ kind: 'title', answer: '{"title":"New conversation"}' });
  });

  it('gets JSON that stays JSON whatever the question was', () => {
    const [{ messages } = { messages: [] }] = BACKGROUND_PROMPTS;
    const hostile = messages.map(({ role, text }) => ({ role, text: text.replace(/USER: .*/, 'USER: \\", "x": {"a": `b` \u2028 \u{1F600}') }));
    expect(Object.keys(JSON.parse(backgroundAnswer(hostile)?.answer ?? '') as object)).toEqual(['title']);
  });
});

it.each(ORDINARY_PROMPTS.map((messages) => [messages.at(-1)?.text.slice(0, 90) ?? 'nothing', messages] as const))('%j is for the agent', (_text, messages) => {
  expect(backgroundAnswer(messages)).toBeUndefined();
});

it.each([
  ['newlines', '\n'.repeat(190_000)],
  ['braces', '### Task:\n' + '{ '.repeat(90_000) + '<chat_history></chat_history>'],
  ['questions', `### Task:\n{ "title": 1 }<chat_history>${'\nUSER: a'.repeat(20_000)}</chat_history>`],
  ['beginnings of a query', `Here is the query:\n${'\n '.repeat(90_000)}Create a concise`],
  ['beginnings of a conversation', `Based on the chat history, give this conversation a name.\nKeep it short\n${'the conversation:\n```\n'.repeat(8_000)}`],
])('a prompt of very many %s is looked through at once', (_what, text) => {
  const startedAt = performance.now();
  backgroundAnswer([{ role: 'user', text }]);
  expect(performance.now() - startedAt).toBeLessThan(2_000);
});
