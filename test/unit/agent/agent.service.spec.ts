import { Test } from '@nestjs/testing';
import { AgentLoop } from '../../../src/agent/agent-loop.js';
import { Answerer } from '../../../src/agent/answerer.js';
import { HeldRuns } from '../../../src/agent/held-runs.js';
import { RunExecutor } from '../../../src/agent/run-executor.js';
import { RunNews } from '../../../src/agent/run-news.js';
import { AgentService, type Question } from '../../../src/agent/agent.service.js';
import { Failure } from '../../../src/kernel/failure.js';
import { Observer } from '../../../src/kernel/observer.js';
import type { Reply } from '../../../src/kernel/transcript.js';
import { ChatModel } from '../../../src/llm/chat-model.js';
import { InProcessRunQueue } from '../../../src/queue/in-process-run-queue.js';
import { RunQueue } from '../../../src/queue/run-queue.js';
import { AgentSettings, Settings, StoreSettings } from '../../../src/settings/settings.js';
import { Quarantine } from '../../../src/store/quarantine.js';
import { RunReader } from '../../../src/store/run-reader.js';
import { RunStore } from '../../../src/store/run-store.js';
import { Toolbox } from '../../../src/tools/toolbox.js';
import { cleanUp, memoryDatabase, Stores } from '../../support/database.js';
import { ScriptedModel, ScriptedToolbox, textReply, toolReply } from '../../support/fakes.js';
import { GUARDS } from '../../support/guards.js';
import { RecordingObserver } from '../../support/recording-observer.js';

const signal = new AbortController().signal;
afterEach(cleanUp);
const question = (message: string, conversationId?: string): Question => ({
  message, channel: 'cli', correlationId: 'c-1', ...(conversationId !== undefined && { conversationId }),
});

async function agentWith(replies: (Reply | Error)[], environment: Record<string, string> = {}) {
  const model = new ScriptedModel(replies);
  const observer = new RecordingObserver();
  const stores = new Stores(await memoryDatabase());
  const module = await Test.createTestingModule({
    providers: [
      AgentService, Answerer, AgentLoop, RunExecutor, HeldRuns, RunNews, ...GUARDS,
      { provide: Quarantine, useValue: { keep: async () => undefined } },
      { provide: ChatModel, useValue: model },
      { provide: Toolbox, useValue: new ScriptedToolbox({ calculator: '345' }) },
      { provide: Observer, useValue: observer },
      { provide: RunStore, useValue: stores.runs },
      { provide: RunQueue, useValue: new InProcessRunQueue(stores.runs) },
      { provide: RunReader, useValue: stores.reader },
      { provide: AgentSettings, useValue: Settings.from(environment).agent },
      { provide: StoreSettings, useValue: Settings.from(environment).store },
    ],
  }).compile();
  return { agent: module.get(AgentService), store: stores.reader, model, observer };
}

it('adds up what all model calls of a run used', async () => {
  const { agent } = await agentWith([toolReply([['calculator', { expression: '15 * 23' }]]), textReply('345.')]);
  expect(await agent.ask(question('What is 15 multiplied by 23?'), { signal })).toMatchObject({
    reply: '345.', outcome: 'success', error_type: null, stop_reason: 'end_turn', iterations: 2, correlation_id: 'c-1',
    tool_calls: [{ id: 'toolu_0', name: 'calculator', status: 'success' }],
    usage: { input_tokens: 20, output_tokens: 10, llm_calls: 2 }, cost_usd: 0.000002, degraded: [],
  });
});

it('continues a conversation with everything that was said in it', async () => {
  const { agent, model } = await agentWith([textReply('one'), textReply('two')]);
  const first = await agent.ask(question('a'), { signal });
  await agent.ask(question('b', first.conversation_id), { signal });
  expect(model.asked[1]?.messages.map((message) => message.role)).toEqual(['user', 'assistant', 'user']);
});

it('refuses a conversation that does not exist, without asking the model', async () => {
  const { agent, model } = await agentWith([textReply('x')]);
  await expect(agent.ask(question('a', 'conv_unknown'), { signal })).rejects.toMatchObject({ code: 'conversation_not_found' });
  expect(model.asked).toEqual([]);
});

it('refuses a second request of a conversation while the first runs', async () => {
  const { agent } = await agentWith([textReply('one'), textReply('two')]);
  const { conversation_id: id } = await agent.ask(question('a'), { signal });
  const running = agent.ask(question('b', id), { signal });
  await expect(agent.ask(question('c', id), { signal })).rejects.toMatchObject({ code: 'conversation_busy', retryable: true });
  expect((await running).reply).toBe('two');
});

it('leaves the conversation as it was when a run fails, so that the next one works', async () => {
  const broken = new Failure('upstream_overloaded', { errorType: 'overloaded_error', publicMessage: 'busy' });
  const { agent, model, store } = await agentWith([textReply('one'), toolReply([['calculator', {}]]), broken, textReply('three')]);
  const { conversation_id: id } = await agent.ask(question('a'), { signal });
  await expect(agent.ask(question('b', id), { signal })).rejects.toBe(broken);
  expect(await store.history(id)).toHaveLength(2);
  await agent.ask(question('c', id), { signal });
  expect(model.asked.at(-1)?.messages.map((message) => message.content)).toEqual(['a', [{ type: 'text', text: 'one' }], 'c']);
});

it('never calls a refusal a success, and does not keep it', async () => {
  const { agent, store } = await agentWith([textReply('one'), textReply('No.', 'refusal')]);
  const { conversation_id: id } = await agent.ask(question('a'), { signal });
  expect(await agent.ask(question('b', id), { signal })).toMatchObject({ outcome: 'error', error_type: 'refusal', reply: 'No.' });
  expect(await store.history(id)).toHaveLength(2);
});

it('says that an answer was cut off, and keeps its text without the tool call behind it', async () => {
  const { agent, store } = await agentWith([toolReply([['calculator', {}]], 'max_tokens', 'half an answ')]);
  const result = await agent.ask(question('a'), { signal });
  expect(result).toMatchObject({ outcome: 'error', error_type: 'truncated', stop_reason: 'max_tokens', reply: 'half an answ' });
  expect((await store.history(result.conversation_id))?.at(-1)).toEqual({ role: 'assistant', content: [{ type: 'text', text: 'half an answ' }] });
});

it('closes a conversation that ran out of iterations with a turn of its own', async () => {
  const { agent, store, observer } = await agentWith([toolReply([['calculator', {}]]), toolReply([['calculator', {}]])], { MAX_ITERATIONS: '2' });
  const result = await agent.ask(question('a'), { signal });
  expect(result).toMatchObject({ outcome: 'error', error_type: 'max_iterations', iterations: 2 });
  const kept = await store.history(result.conversation_id);
  expect(kept?.map((message) => message.role)).toEqual(['user', 'assistant', 'user', 'assistant', 'user', 'assistant']);
  expect(observer.facts.map(({ fact }) => fact)).toContain('iterations.exhausted');
});

it('fails on an empty answer instead of keeping a blank turn', async () => {
  const { agent } = await agentWith([textReply('')]);
  await expect(agent.ask(question('a'), { signal })).rejects.toMatchObject({ code: 'llm_empty_reply' });
});

it('shows the cost as unknown when a reply had no price', async () => {
  const { cost: _cost, ...unpriced } = textReply('x');
  const { agent } = await agentWith([unpriced]);
  expect((await agent.ask(question('a'), { signal })).cost_usd).toBeNull();
});

it('ends a run that takes longer than it may', async () => {
  const { agent, model } = await agentWith([textReply('late')], { TOTAL_TIMEOUT: '0.02' });
  model.complete = () => new Promise(() => undefined);
  await expect(agent.ask(question('a'), { signal })).rejects.toMatchObject({ code: 'deadline_exceeded', errorType: 'timeout' });
});

it('is one agent.process with one agent.loop inside, with totals also when it fails', async () => {
  const { agent, observer } = await agentWith([toolReply([['calculator', {}]]), new Error('bug')]);
  await expect(agent.ask(question('a'), { signal })).rejects.toThrow('bug');
  expect(observer.seen.map(({ operation, outcome }) => [operation, outcome])).toEqual([['agent.process', 'error'], ['agent.loop', 'error']]);
  expect(observer.seen[0]?.attributes).toMatchObject({ input_tokens: 10, tool_calls: 1, iterations: 1 });
});
