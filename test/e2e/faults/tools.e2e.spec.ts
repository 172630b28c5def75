import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import type { ScriptedStep } from '../../../src/llm/simulator/scripted-step.js';
import { ToolRegistry } from '../../../src/tools/tool.registry.js';
import { WorkerToolHandler } from '../../../src/tools/worker-tool-handler.js';
import { eventually } from '../../support/eventually.js';
import type { Answer } from '../../support/faults/answer.js';
import type { FaultRow, World } from '../../support/faults/fault-row.js';
import { faultTable } from '../../support/faults/fault-table.js';
import { addTool, answerLate } from '../metric-drive-steps.js';

const NIGHTLY = process.env.NIGHTLY === '1';
const TOOL_SECONDS = NIGHTLY ? 10 : 0.4;
const CRITICAL = ['agent.degraded', 'agent.tool_execution_failed', 'tool.execution_failed'];
const OPTIONAL = ['agent.degraded', 'tool.execution_failed'];
const toolFailed = (tool: string, errorType: string): string => `tool_errors_total{tool_name="${tool}",error_type="${errorType}"}`;
const degraded = (component: string): string => `agent_degraded_total{component="${component}"}`;
const call = (name: string, input: object): ScriptedStep => ({ kind: 'tools', calls: [{ name, input }] });

/** What the model read of the last tool. */
function lastResult({ service }: World): { readonly content: string; readonly is_error?: boolean } {
  const { messages } = service.simulator.requests.at(-1)?.body as { messages: { content: unknown }[] };
  return (messages.at(-1)?.content as ReturnType<typeof lastResult>[])[0] ?? { content: '' };
}

function expectFailureInWords(world: World): void {
  const result = lastResult(world);
  expect(result.is_error).toBe(true);
  expect(result.content.length).toBeLessThanOrEqual(500);
  expect(result.content).not.toMatch(/\n\s+at |node_modules|secret/);
}

/** A tool that does `work`, called once. */
const withTool = (work: (signal: AbortSignal) => Promise<string>): FaultRow['act'] & object => ({ service, ask }: World): Promise<Answer> => {
  service.simulator.enqueue(addTool(service, 'fragile', work));
  return ask();
};

class EndlessTool extends WorkerToolHandler {
  override readonly module = new URL('../../unit/tools/worker/misbehaviour.mjs', import.meta.url);
}

const thrown: readonly (readonly [words: string, work: () => Promise<string>])[] = [
  ['throws an error', () => Promise.reject(new Error('secret detail'))],
  ['throws before it returns', () => { throw new Error('secret detail'); }],
  ['throws a text', () => Promise.reject('secret detail')],
  ['throws null', () => Promise.reject(null)],
  ['settles its promise twice', () => new Promise((_resolve, reject) => { reject(new Error('secret detail')); reject(new Error('again')); })],
];

faultTable('A tool fails', [
  ...thrown.map(([words, work], index): FaultRow => ({
    id: `T1${'abcde'.charAt(index)}`, fault: `it ${words}`, act: withTool(work), client: '200 success, degraded: fragile', requests: 2,
    metrics: [toolFailed('fragile', 'execution'), degraded('fragile')], events: CRITICAL, check: expectFailureInWords,
  })),
  {
    id: 'T2', fault: 'it never settles: given up, told to stop, and what it says later is not heard', environment: { TOOL_TIMEOUT: String(TOOL_SECONDS) }, act: withTool(answerLate),
    client: '200 success, degraded: fragile', requests: 2, metrics: [toolFailed('fragile', 'timeout'), 'tool_late_results_total{tool_name="fragile"}', 'agent_timeouts_total{operation="tool"}'],
    events: [...CRITICAL, 'tool.late_result'],
    check: (world, { milliseconds }) => {
      expectFailureInWords(world);
      expect(milliseconds).toBeGreaterThanOrEqual(TOOL_SECONDS * 1_000);
    },
  },
  {
    id: 'T3', fault: 'it loops without end in a process of its own: killed, and others are answered meanwhile', environment: { TOOL_TIMEOUT: String(Math.max(1, TOOL_SECONDS)) },
    act: async ({ service, ask }) => {
      service.app.get(ToolRegistry, { strict: false })
        .register({ name: 'fragile', description: 'A tool.', input: z.object({ way: z.string() }), criticality: 'optional', sideEffect: 'none' }, new EndlessTool());
      service.simulator.enqueue(call('fragile', { way: 'loops' }));
      let over = false;
      const looping = ask().finally(() => { over = true; });
      await eventually(() => service.log.of('tool.executing').length > 0);
      expect((await (await service.chat({ message: 'What is 2 + 3?' })).json() as { reply: string }).reply).toBe('2 + 3 equals 5.');
      expect(over).toBe(false);
      return looping;
    },
    client: '200 success, degraded: fragile', metrics: [toolFailed('fragile', 'timeout'), degraded('fragile')], events: OPTIONAL, check: expectFailureInWords,
  },
  {
    id: 'T4', fault: 'it returns 50 MB, with half characters and NULs: cut, and told so', act: withTool(async () => `${'\ud83d\0'.repeat(10)}${'😀'.repeat(12_500_000)}`),
    client: '200 success', requests: 2, metrics: ['tool_calls_total{tool_name="fragile",status="success"}'],
    check: (world) => {
      const { content } = lastResult(world);
      expect(Array.from(content).length).toBeLessThan(32_100);
      expect(content).toMatch(/characters\)$/);
    },
  },
  {
    id: 'T5', fault: 'an optional tool is down: its breaker opens, the model is not offered it and told so', environment: { SEARXNG_URL: 'http://127.0.0.1:1' },
    act: async ({ service, ask }) => {
      for (let time = 1; time <= 5; time++) {
        service.simulator.enqueue(call('web_search', { query: `otters ${time}` }));
        expect(await ask()).toMatchObject({ status: 200, body: { outcome: 'success', degraded: ['web_search'] } });
      }
      return ask();
    },
    client: '200 success, degraded: web_search', requests: 11,
    metrics: ['circuit_breaker_trips_total{name="tool:web_search"}', 'agent_degraded{component="tool:web_search"}', degraded('web_search')],
    events: [...OPTIONAL, 'circuit_breaker.state_changed'],
    check: async ({ service }) => {
      const { tools, system } = service.simulator.requests.at(-1)?.body as { tools: { name: string }[]; system: string };
      expect(tools.map(({ name }) => name)).toEqual(['calculator', 'save_note', 'get_weather']);
      expect(system).toMatch(/Not available right now: web_search/);
      expect(await (await fetch(`${service.url}/health/ready`)).json()).toMatchObject({ status: 'degraded', checks: { tools: { status: 'degraded' } } });
      service.passTime(90_000);
    },
  },
  {
    id: 'T6', fault: 'a critical tool is down: notes can not be written, and nobody is told that they were',
    act: ({ service, ask }) => {
      const folder = join(service.folder, 'notes');
      rmSync(folder, { recursive: true, force: true });
      writeFileSync(folder, 'a file in the place of the folder');
      service.simulator.enqueue(call('save_note', { filename: 'list', content: 'milk' }));
      return ask();
    },
    client: '200 success, degraded: save_note', requests: 2, metrics: [toolFailed('save_note', 'execution'), degraded('save_note')], events: CRITICAL,
    check: async (world, { text }) => {
      expect(lastResult(world)).toMatchObject({ is_error: true, content: expect.stringMatching(/NOT saved/) });
      expect(text).not.toMatch(/^I saved/);
      expect(await (await fetch(`${world.service.url}/health/ready`)).json()).toMatchObject({ status: 'degraded', checks: { notes: { status: 'degraded' } } });
    },
  },
  {
    id: 'T7', fault: 'the same note is saved twice: one file, left as it is',
    act: async ({ service, ask }) => {
      const folder = join(service.folder, 'notes');
      mkdirSync(folder, { recursive: true });
      const save = async (): Promise<Answer> => {
        service.simulator.enqueue(call('save_note', { filename: 'list', content: 'milk' }));
        return ask();
      };
      await save();
      const before = statSync(join(folder, 'list.md')).mtimeMs;
      const answer = await save();
      expect([readdirSync(folder), statSync(join(folder, 'list.md')).mtimeMs]).toEqual([['list.md'], before]);
      return answer;
    },
    client: '200 success', requests: 4, metrics: ['tool_calls_total{tool_name="save_note",status="success"}'],
  },
  {
    id: 'L22', fault: 'three calls in one reply, one fails, one is slow: side by side, results in order',
    act: ({ service, ask }) => {
      const slow = addTool(service, 'slow', () => new Promise((resolve) => setTimeout(() => resolve('slow'), 300)));
      const bad = addTool(service, 'fragile', () => Promise.reject(new Error('no')));
      const calls = [slow, bad].flatMap((step) => (step.kind === 'tools' ? step.calls : []));
      service.simulator.enqueue({ kind: 'tools', calls: [...calls, { name: 'calculator', input: { expression: '1 + 1' } }] });
      return ask();
    },
    client: '200 success, degraded: fragile', requests: 2, metrics: [toolFailed('fragile', 'execution'), 'tool_calls_total{tool_name="slow",status="success"}'], events: CRITICAL,
    check: ({ service }) => {
      const { messages } = service.simulator.requests.at(-1)?.body as { messages: { content: { content: string }[] }[] };
      expect(messages.at(-1)?.content.map(({ content }) => content)).toEqual(['slow', expect.stringMatching(/fragile/), '2']);
    },
  },
]);
