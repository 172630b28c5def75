import type { AgentService} from '../../../src/agent/agent.service.js';
import { type AskOptions, type Question } from '../../../src/agent/agent.service.js';
import type { RunResult } from '../../../src/agent/run-result.js';
import { Conversation } from '../../../src/cli/conversation.js';
import { Failure } from '../../../src/kernel/failure.js';

const result: RunResult = {
  reply: 'It is 345.', conversation_id: 'conv_1', run_id: 'run_1', correlation_id: 'c-1', trace_id: null, outcome: 'success', error_type: null,
  stop_reason: 'end_turn', truncated: false, model: 'm', simulated: true, iterations: 2, tool_calls: [{ id: 't', name: 'calculator', status: 'success' }],
  usage: { input_tokens: 200, output_tokens: 30, cache_read_tokens: 0, cache_write_tokens: 0, llm_calls: 2 }, cost_usd: 0.0007, duration_ms: 530, degraded: [],
};

function talk(ask: (question: Question, options: AskOptions) => Promise<RunResult>) {
  let shown = '';
  const questions: Question[] = [];
  const agent = { ask: (question: Question, options: AskOptions) => { questions.push(question); return ask(question, options); } } as unknown as AgentService;
  const conversation = new Conversation(agent, { write: (text) => { shown += text; }, quiet: (text) => text });
  return { conversation, questions, shown: () => shown };
}

it('streams the answer, shows tools as they run, and ends with one quiet line', async () => {
  const { conversation, shown } = talk(async (_question, { onEvent }) => {
    onEvent?.({ type: 'tool.started', call: { type: 'tool_use', id: 't', name: 'calculator', input: { expression: '15 * 23' } } }, 1);
    onEvent?.({ type: 'tool.completed', outcome: { toolUseId: 't', toolName: 'calculator', content: '345' } }, 1);
    onEvent?.({ type: 'text.delta', text: 'It is ' }, 1);
    onEvent?.({ type: 'text.delta', text: '345.' }, 1);
    return result;
  });
  expect(await conversation.say('What is 15 multiplied by 23?')).toBe(true);
  expect(shown()).toBe('→ calculator {"expression":"15 * 23"}\n← calculator: 345\nIt is 345.\n'
    + '2 LLM calls · 1 tool (calculator) · 200 + 30 tokens · $0.0007 simulated · 0.53 s · c-1\n');
});

it('continues the same conversation', async () => {
  const { conversation, questions } = talk(async () => result);
  await conversation.say('one');
  await conversation.say('two');
  expect(questions.map((question) => question.conversationId)).toEqual([undefined, 'conv_1']);
});

it('lets no escape sequence of a reply or a tool reach the terminal', async () => {
  const { conversation, shown } = talk(async (_question, { onEvent }) => {
    onEvent?.({ type: 'tool.completed', outcome: { toolUseId: 't', toolName: 'x', content: '\u001b[2Jgone\u202e\nnext' } }, 1);
    onEvent?.({ type: 'text.delta', text: '\u001b]0;owned\u0007\u009b31mred\r' }, 1);
    return result;
  });
  await conversation.say('x');
  // eslint-disable-next-line no-control-regex
  expect(shown()).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  expect(shown()).toContain('red');
});

it('ends the running answer when interrupted, and takes the next question', async () => {
  const { conversation, shown } = talk(async ({ message }, { signal }) => {
    if (message === 'fine') return result;
    await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
    return result;
  });
  const running = conversation.say('long');
  expect(conversation.isAnswering).toBe(true);
  conversation.interrupt();
  expect(await running).toBe(false);
  expect(conversation.isAnswering).toBe(false);
  expect(shown()).toContain('Interrupted. (interrupted, ');
  expect(await conversation.say('fine')).toBe(true);
});

it('refuses a message that is too long without asking the agent', async () => {
  const { conversation, questions, shown } = talk(async () => result);
  expect(await conversation.say('x'.repeat(32_001))).toBe(false);
  expect(questions).toEqual([]);
  expect(shown()).toContain('invalid_request');
});

it('shows why an answer failed, and never a stack', async () => {
  const { conversation, shown } = talk(async () => { throw new Failure('upstream_overloaded', { errorType: 'overloaded_error', publicMessage: 'The model API is overloaded.' }); });
  expect(await conversation.say('x')).toBe(false);
  expect(shown()).toMatch(/^The model API is overloaded\. \(upstream_overloaded, [0-9a-f-]{36}\)\n$/);
});

it('says so when the answer is not a whole one', async () => {
  const { conversation, shown } = talk(async () => ({ ...result, outcome: 'error', error_type: 'truncated' }));
  expect(await conversation.say('x')).toBe(false);
  expect(shown()).toContain('error: truncated · ');
});

it('begins an answer anew on a line of its own, and says what it does without', async () => {
  const { conversation, shown } = talk(async (_question, { onEvent, mayRestart }) => {
    expect(mayRestart).toBe(true);
    onEvent?.({ type: 'text.delta', text: 'It i' }, 1);
    onEvent?.({ type: 'reply.restarted', attempt: 2 }, 1);
    onEvent?.({ type: 'run.degraded', component: 'web_search' }, 1);
    onEvent?.({ type: 'text.delta', text: 'It is 345.' }, 1);
    return result;
  });
  await conversation.say('x');
  expect(shown()).toMatch(/^It i\n\(the model broke off[^\n]+\)\n\(without web_search[^\n]+\)\nIt is 345\.\n/);
});
