import { readFileSync } from 'node:fs';
import { Test } from '@nestjs/testing';
import { AgentLoop, type LoopOptions } from '../../../src/agent/agent-loop.js';
import type { RunEvent } from '../../../src/agent/run-event.js';
import type { Reply } from '../../../src/kernel/transcript.js';
import { ChatModel } from '../../../src/llm/chat-model.js';
import { Toolbox } from '../../../src/tools/toolbox.js';
import { freshSteps } from '../../support/steps.js';
import { ScriptedModel, ScriptedToolbox, textReply, toolReply } from '../../support/fakes.js';

async function loopWith(replies: (Reply | Error)[], results: Record<string, string> = { calculator: '345' }) {
  const model = new ScriptedModel(replies);
  const toolbox = new ScriptedToolbox(results);
  const module = await Test.createTestingModule({
    providers: [AgentLoop, { provide: ChatModel, useValue: model }, { provide: Toolbox, useValue: toolbox }],
  }).compile();
  const events: RunEvent[] = [];
  const emit = (event: RunEvent) => void events.push(event);
  const options: LoopOptions = { system: 'be brief', maxIterations: 3, mayRestart: false, signal: new AbortController().signal, emit, steps: freshSteps(emit) };
  return { loop: module.get(AgentLoop), model, toolbox, events, options };
}

it('answers a question that needs no tool with one call', async () => {
  const { loop, model, options } = await loopWith([textReply('Hello.')]);
  expect(await loop.run([], 'Hi', options)).toEqual({
    stopReason: 'end_turn', text: 'Hello.', iterations: 1,
    turns: [{ role: 'user', content: 'Hi' }, { role: 'assistant', content: [{ type: 'text', text: 'Hello.' }] }],
  });
  expect(model.asked).toHaveLength(1);
});

it('gives every tool call exactly one result, in call order, in the next user turn', async () => {
  const { loop, model, options } = await loopWith([
    toolReply([['calculator', { expression: '1' }], ['nothing', {}], ['calculator', { expression: '2' }]]), textReply('Done.'),
  ]);
  await loop.run([], 'Do it', options);
  expect(model.asked[1]?.messages.at(-1)).toEqual({
    role: 'user',
    content: [
      { type: 'tool_result', tool_use_id: 'toolu_0', content: '345' },
      { type: 'tool_result', tool_use_id: 'toolu_1', content: 'failed', is_error: true },
      { type: 'tool_result', tool_use_id: 'toolu_2', content: '345' },
    ],
  });
});

it('puts the history before the new turns and leaves it untouched', async () => {
  const { loop, model, options } = await loopWith([textReply('Again.')]);
  const history = [{ role: 'user', content: 'one' }, { role: 'assistant', content: [{ type: 'text', text: 'two' }] }] as const;
  const ending = await loop.run(history, 'three', options);
  expect(model.asked[0]?.messages).toEqual([...history, { role: 'user', content: 'three' }]);
  expect(ending.turns).toHaveLength(2);
  expect(history).toHaveLength(2);
});

it.each(['max_tokens', 'refusal', 'end_turn', 'pause_turn', 'other'] as const)('does not run a tool call of a reply that stopped with %s', async (stopReason) => {
  const { loop, toolbox, options } = await loopWith([toolReply([['calculator', { expression: '1' }]], stopReason, 'half')]);
  expect(await loop.run([], 'x', options)).toMatchObject({ stopReason, text: 'half' });
  expect(toolbox.executed).toEqual([]);
});

it('stops when its iterations are used up', async () => {
  const step = (expression: string) => toolReply([['calculator', { expression }]]);
  const { loop, model, options } = await loopWith(['1', '2', '3', '4'].map(step));
  expect(await loop.run([], 'for ever', options)).toMatchObject({ stopReason: 'max_iterations', iterations: 3, text: '' });
  expect(model.asked).toHaveLength(3);
});

it('asks nobody once its signal is aborted', async () => {
  const { loop, model, options } = await loopWith([textReply('never')]);
  const reason = new Error('gone');
  await expect(loop.run([], 'x', { ...options, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  expect(model.asked).toEqual([]);
});

it('tells what happens while it happens', async () => {
  const { loop, events, options } = await loopWith([toolReply([['calculator', { expression: '15*23' }]]), textReply('345.')]);
  await loop.run([], 'x', options);
  expect(events.map((event) => event.type)).toEqual([
    'iteration.started', 'reply.received', 'tool.started', 'tool.completed', 'iteration.completed',
    'iteration.started', 'text.delta', 'reply.received',
  ]);
});

it('reads like the algorithm: at most 60 lines, and no word of telemetry', () => {
  const source = readFileSync('src/agent/agent-loop.ts', 'utf8');
  expect(source.trimEnd().split('\n').length).toBeLessThanOrEqual(60);
  expect(source).not.toMatch(/observ|telemetry|metric|trac(?:e|ing)|span|\blog|counter|duration|pino|prom-client|correlation/i);
});
