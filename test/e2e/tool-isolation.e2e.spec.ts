import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import * as z from 'zod';
import type { RunResult } from '../../src/agent/run-result.js';
import type { ScriptedStep } from '../../src/llm/simulator/scripted-step.js';
import { ToolHandler } from '../../src/tools/tool-handler.js';
import type { ToolOptions } from '../../src/tools/tool.decorator.js';
import { ToolRegistry } from '../../src/tools/tool.registry.js';
import { WorkerToolHandler } from '../../src/tools/worker-tool-handler.js';
import { APPLICATION_ROOT } from '../support/built-application.js';
import { eventually } from '../support/eventually.js';
import { RunningApplication } from '../support/running-application.js';
import { BROKEN_DISKS, breakDisk } from './broken-disks.js';
import { addTool, answerLate, becomes } from './metric-drive-steps.js';

const MISBEHAVIOUR = new URL('../unit/tools/worker/misbehaviour.mjs', import.meta.url);
const MEGABYTE = 1_000_000;

class MisbehavingTool extends WorkerToolHandler {
  override readonly module = MISBEHAVIOUR;
}

class FailingTool extends ToolHandler {
  override async run(): Promise<string> {
    throw new Error('secret detail at /etc/x');
  }
}

let service: RunningApplication;

async function start(environment: Readonly<Record<string, string>> = {}): Promise<void> {
  service = await RunningApplication.start(environment);
}
afterEach(async () => {
  await service.stop();
  expect(service.simulator.violations).toEqual([]);
});

async function ask(message: string, ...steps: readonly ScriptedStep[]): Promise<RunResult> {
  service.simulator.enqueue(...steps);
  const response = await service.chat({ message });
  const answer = await response.json() as RunResult;
  expect({ status: response.status, outcome: answer.outcome }).toEqual({ status: 200, outcome: 'success' });
  expect(response.headers.get('x-degraded')).toBe(answer.degraded.length > 0 ? answer.degraded.join(',') : null);
  return answer;
}

const calling = (name: string, input: unknown = {}): ScriptedStep => ({ kind: 'tools', calls: [{ name, input }] });

function register(handler: ToolHandler, options: Pick<ToolOptions, 'name' | 'criticality'>): void {
  service.app.get(ToolRegistry, { strict: false }).register({ description: 'A tool.', input: z.object({ way: z.string().optional() }), sideEffect: 'none', ...options }, handler);
}

interface ToolResult {
  readonly content: string;
  readonly is_error?: boolean;
}

/** What the model was given of the last tools, and which tools it was offered. */
function lastRequest(): { readonly result: ToolResult | undefined; readonly offered: readonly string[]; readonly system: string } {
  const { messages, tools, system } = service.simulator.requests.at(-1)?.body as {
    readonly messages: readonly { readonly content: unknown }[]; readonly tools: readonly { readonly name: string }[]; readonly system: unknown;
  };
  const content = messages.at(-1)?.content;
  return { result: Array.isArray(content) ? content[0] as ToolResult : undefined, offered: tools.map(({ name }) => name), system: JSON.stringify(system) };
}

describe('a tool that works in a process of its own', () => {
  it('and loops for 30 seconds is stopped at its limit, and meanwhile other requests stay quick', async () => {
    await start({ TOOL_TIMEOUT: '0.5' });
    register(new MisbehavingTool(), { name: 'spin', criticality: 'optional' });
    for (let warmUp = 0; warmUp < 20; warmUp++) await ask('What is 6 * 7?');
    const delay = monitorEventLoopDelay({ resolution: 5 });
    const milliseconds: number[] = [];
    const spinning = Array.from({ length: 4 }, (_, index) => ask(`Spin ${index}`, calling('spin', { way: 'loops' })));
    let over = false;
    const spins = Promise.all(spinning).finally(() => { over = true; });
    await eventually(() => service.log.of('tool.executing').filter((line) => line.tool_name === 'spin').length === 4);
    delay.enable();
    while (!over) {
      const since = performance.now();
      expect((await ask('What is 6 * 7?')).reply).toBe('6 * 7 equals 42.');
      milliseconds.push(performance.now() - since);
    }
    delay.disable();
    for (const answer of await spins) expect(answer).toMatchObject({ tool_calls: [{ name: 'spin', status: 'error', error_type: 'timeout' }], degraded: ['spin'] });
    const p99 = milliseconds.toSorted((one, other) => one - other)[Math.floor(0.99 * milliseconds.length)] ?? Infinity;
    const lag = delay.max / MEGABYTE;
    process.stdout.write(`four tools in endless loops: ${milliseconds.length} other requests, p99 ${p99.toFixed(0)} ms, event loop late by at most ${lag.toFixed(0)} ms\n`);
    expect(milliseconds.length).toBeGreaterThan(3);
    expect(lag).toBeLessThan(5_000); // some 35 ms on a quiet machine; in the service it would be 30 s
  });

  it.each(['fillsArray', 'exits', 'killsItself', 'aborts', 'throwsLater'])('and %s has failed, and the service goes on', async (way) => {
    await start({ TOOL_TIMEOUT: '100' }); // to fill a heap takes a busy machine long
    register(new MisbehavingTool(), { name: 'bad', criticality: 'critical' });
    expect(await ask('Go', calling('bad', { way }))).toMatchObject({ tool_calls: [{ name: 'bad', error_type: 'execution' }], degraded: ['bad'] });
    expect(lastRequest().result).toMatchObject({ is_error: true, content: 'The tool "bad" failed. It ended without a result.' });
    expect((await ask('What is 6 * 7?')).reply).toBe('6 * 7 equals 42.');
  }, 120_000);

  it('works from dist/ as well, and does not outlive a service that is killed', async () => {
    await start();
    const folder = await mkdtemp(join(tmpdir(), 'worker-'));
    const pidFile = join(folder, 'pid');
    const program = `
      const { WorkerToolHandler } = await import('./dist/tools/worker-tool-handler.js');
      class Work extends WorkerToolHandler { module = new URL(${JSON.stringify(MISBEHAVIOUR.href)}); }
      const context = { signal: new AbortController().signal, toolUseId: 'toolu_1' };
      console.log(await new Work().run({ way: 'echo', text: 'hi' }, context));
      await new Work().run({ way: 'loops', pidFile: ${JSON.stringify(pidFile)} }, context);`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program], { cwd: APPLICATION_ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    child.stdout.on('data', (text: Buffer) => { said += text.toString(); });
    await eventually(() => existsSync(pidFile) && readFileSync(pidFile, 'utf8') !== '');
    expect(said).toBe('hi for toolu_1\n');
    const pid = Number(await readFile(pidFile, 'utf8'));
    expect(isRunning(pid)).toBe(true);
    child.kill('SIGKILL');
    await eventually(() => !isRunning(pid));
    await rm(folder, { recursive: true });
  });
});

describe('a tool that misbehaves in the service', () => {
  it('by never obeying is given up at its limit, and its late result is ignored and counted', async () => {
    await start({ TOOL_TIMEOUT: '0.1' });
    let aborted = false;
    const stubborn = addTool(service, 'stubborn', (signal) => {
      signal.addEventListener('abort', () => { aborted = true; });
      return answerLate(signal);
    });
    expect(await ask('Go', stubborn)).toMatchObject({ tool_calls: [{ name: 'stubborn', error_type: 'timeout' }], degraded: ['stubborn'] });
    expect(lastRequest().result).toMatchObject({ is_error: true, content: expect.stringContaining('did not finish in time') });
    expect(aborted).toBe(true);
    await becomes(service, 'tool_late_results_total{tool_name="stubborn"}', 1);
    expect(service.log.of('tool.late_result')).toHaveLength(1);
  });

  it.each<readonly [string, unknown]>([
    ['50 MB of emoji', '😀'.repeat(12.5 * MEGABYTE)], ['half surrogates', '\ud83d'.repeat(100_000)], ['NUL', `x${'\0'.repeat(100_000)}`], ['bytes', Buffer.alloc(MEGABYTE)],
  ])('by returning %s gives the model text that the API takes', async (_what, result) => {
    await start();
    await ask('Go', addTool(service, 'big', async () => result as string));
    expect(Array.from(lastRequest().result?.content ?? '').length).toBeLessThan(32_100);
    expect(lastRequest().result).toMatchObject({ content: expect.stringMatching(/./) });
  });

  it('by throwing tells the model no detail', async () => {
    await start();
    register(new FailingTool(), { name: 'broken', criticality: 'critical' });
    expect(await ask('Go', calling('broken'))).toMatchObject({ degraded: ['broken'] });
    expect(lastRequest().result).toMatchObject({ is_error: true, content: 'The tool "broken" failed. It failed in an unexpected way.' });
    expect(service.log.of('agent.tool_execution_failed')).toEqual([expect.objectContaining({ level: 'error', tool_name: 'broken', error_type: 'execution' })]);
  });
});

it('an input that was no JSON is told so to the model, and the loop goes on', async () => {
  await start();
  expect(await ask('Go', calling('calculator', 'no object'))).toMatchObject({ tool_calls: [{ name: 'calculator', error_type: 'validation' }], degraded: [] });
  expect(lastRequest().result).toMatchObject({ is_error: true, content: 'The tool "calculator" was not run: its input was not valid JSON. Send one JSON object.' });
});

it('an optional tool that keeps failing is withdrawn and comes back, and each answer says what it had to do without', async () => {
  await start();
  register(new FailingTool(), { name: 'horoscope', criticality: 'optional' });
  for (let failure = 1; failure <= 5; failure++) expect(await ask('Go', calling('horoscope'))).toMatchObject({ degraded: ['horoscope'] });
  expect(await ask('What is 6 * 7?')).toMatchObject({ reply: '6 * 7 equals 42.', degraded: ['horoscope'] });
  expect(lastRequest().offered).not.toContain('horoscope');
  expect(lastRequest().system).toContain('Not available right now: horoscope.');
  expect(await service.metric('circuit_breaker_state', { name: 'tool:horoscope', state: 'open' })).toBe(1);
  expect(await service.metric('circuit_breaker_state', { name: 'tool:web_search', state: 'open' })).toBe(0);
  service.passTime(90_000);
  expect(await ask('What is 6 * 7?')).toMatchObject({ degraded: [] });
  expect(lastRequest().offered).toContain('horoscope');
});

describe('a note, when the disk', () => {
  it.each(Object.entries(BROKEN_DISKS))('%s, is not saved, and nobody claims it was', async (what, broken) => {
    await start();
    const notes = join(service.folder, 'notes');
    const { how, mend } = await breakDisk(service, notes, broken);
    process.stdout.write(`a disk for notes that ${what}: ${how}\n`);
    try {
      const before = await readdir(notes).catch(() => []);
      const answer = await ask('Save a note called plan: buy milk');
      expect(answer).toMatchObject({ tool_calls: [{ name: 'save_note', status: 'error', error_type: broken.errorType }], degraded: ['save_note'] });
      expect(lastRequest().result).toMatchObject({ is_error: true, content: `The tool "save_note" failed. ${broken.words}` });
      expect(answer.reply).toMatch(/could not|not saved/i);
      expect(service.log.of('agent.tool_execution_failed')).toEqual([expect.objectContaining({ level: 'error', tool_name: 'save_note' })]);
      expect(await service.metric('agent_degraded_total', { component: 'save_note' })).toBe(1);
      expect(await readdir(notes).catch(() => [])).toEqual(before);
      expect(await ask('What is 6 * 7?')).toMatchObject({ reply: '6 * 7 equals 42.', degraded: [] });
    } finally {
      await mend();
    }
  });

  it('is good, is one file and touched once, although it is saved twice', async () => {
    await start();
    const notes = join(service.folder, 'notes');
    await ask('Save a note called plan: buy milk');
    const { mtimeMs, ino } = await stat(join(notes, 'plan.md'));
    expect(await ask('Save a note called plan: buy milk')).toMatchObject({ tool_calls: [{ name: 'save_note', status: 'success' }] });
    expect(await stat(join(notes, 'plan.md'))).toMatchObject({ mtimeMs, ino });
    expect(await readdir(notes)).toEqual(['plan.md']);
  });
});

/** A process that has ended and that nobody asked about is not running either. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
