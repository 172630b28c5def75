import { RunningApplication } from '../../support/running-application.js';
import { BACKGROUND_PROMPTS } from '../../unit/http/openai/background-prompts.js';
import { answerOf, complete, readChunks, textOf, user } from './completions-client.js';

let service: RunningApplication;
beforeAll(async () => {
  service = await RunningApplication.start();
});
afterAll(() => service.stop());

const bodyOf = ({ messages }: (typeof BACKGROUND_PROMPTS)[number]) => ({ messages: messages.map(({ role, text }) => ({ role, content: text })) });

it.each(BACKGROUND_PROMPTS)('$from costs nothing: no run, no model call, no conversation', async (prompt) => {
  const calls = service.simulator.requestCount;
  const before = Number(await service.metric('openai_background_jobs_total', { kind: prompt.kind }));
  const whole = await complete(service, bodyOf(prompt), { 'x-session-id': 'chat-1' });
  expect([whole.status, whole.headers.get('x-run-id'), whole.headers.get('x-conversation-id'), await answerOf(whole)]).toEqual([200, null, null, prompt.answer]);

  const { chunks, done } = readChunks(await (await complete(service, { ...bodyOf(prompt), stream: true, stream_options: { include_usage: true } })).text());
  expect([textOf(chunks), chunks.at(-2)?.choices?.[0]?.finish_reason, chunks.at(-1)?.usage?.total_tokens, done]).toEqual([prompt.answer, 'stop', 0, true]);

  expect(service.simulator.requestCount).toBe(calls);
  expect(await service.metric('openai_background_jobs_total', { kind: prompt.kind })).toBe(before + 2);
  expect(await service.metric('agent_requests_total', { status: 'success', user_id: 'unknown' })).toBe(0);
  expect(service.log.of('openai.background_job').at(-1)).toMatchObject({ kind: prompt.kind });
});

it('a prompt with a conversation that is longer than a question may be is still recognised', async () => {
  const [prompt = { from: '', kind: 'title' as const, messages: [], answer: '' }] = BACKGROUND_PROMPTS;
  const messages = prompt.messages.map(({ role, text }) => ({ role, content: text.replace('Feed the starter.', 'bread '.repeat(10_000)) }));
  expect(await answerOf(await complete(service, { messages }))).toBe(prompt.answer);
});

it('what a person asks about titles and tags is answered by the agent', async () => {
  expect((await complete(service, { messages: [user('Generate a title for my blog post about otters.')] })).headers.get('x-run-id')).toMatch(/^run_/);
});
