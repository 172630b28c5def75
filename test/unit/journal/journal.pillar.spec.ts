import { JournalPillar } from '../../../src/journal/journal.pillar.js';
import type { JournalEntry } from '../../../src/kernel/journal.js';
import { Failure } from '../../../src/kernel/failure.js';
import { OPERATIONS, type Begin } from '../../../src/kernel/operations.js';
import { withRunContext } from '../../../src/kernel/run-context.js';
import { CompositeObserver } from '../../../src/observability/composite-observer.js';

const SINCE = Date.now();
const asked: Begin<'agent.process'> = { agent: 'a', channel: 'http', user_id: 'u', correlation_id: 'c', conversation_id: 'conv_1', run_id: 'run_1', input_length: 2 };
const call: Begin<'llm.call'> = {
  provider: 'anthropic', model: 'model-1', max_tokens: 100, temperature: undefined, messages_count: 1, stream: true, attempt: 1,
  server_address: 'localhost', server_port: 1, input_messages: [{ role: 'user', content: 'my secret question' }],
};

let pillar: JournalPillar;
let observer: CompositeObserver;
let written: { readonly runId: string; readonly entries: readonly JournalEntry[] }[];

beforeEach(() => {
  pillar = new JournalPillar();
  written = [];
  pillar.writeTo((runId, entries) => written.push({ runId, entries }));
  observer = new CompositeObserver([pillar], (error) => { throw error; });
});

/** A run as the door to the agent has it observed. It is on record unless `fact` says otherwise. */
function run(work: () => Promise<void> | void, runId = 'run_1', fact: 'run.begun' | 'run.resumed' | 'none' = 'run.begun'): Promise<void> {
  return withRunContext({ correlationId: 'c', channel: 'http', runId }, () => observer.observe('agent.process', asked, async () => {
    if (fact === 'run.begun') observer.note(fact, { run_id: runId });
    if (fact === 'run.resumed') observer.note(fact, { run_id: runId, attempt: 2 });
    await work();
  }));
}

const degrade = (times = 1) => { for (let time = 0; time < times; time++) observer.note('run.degraded', { component: `c${time}` }); };
const entries = () => written.flatMap(({ entries: some }) => some);
const names = () => entries().map(({ name }) => name);

/** How many runs something is kept of. */
const kept = () => (pillar as unknown as { readonly buffers: Map<string, unknown> }).buffers.size;

it('notes of a run what was observed in it, in the order in which it ended, and hands it on with its end', async () => {
  await run(async () => {
    await observer.observe('llm.call', call, async () => degrade());
    expect(written).toEqual([]);
  });
  expect(written.map(({ runId }) => runId)).toEqual(['run_1']);
  expect(names()).toEqual(['run.begun', 'run.degraded', 'llm.call', 'agent.process']);
  expect(kept()).toBe(0);
});

it('an operation is noted with its attributes, its duration and how it ended, and with when it began', async () => {
  await run(() => observer.observe('agent.loop', { max_iterations: 9 }, async (report) => { report.learn({ iterations: 2 }); }));
  const loop = entries().find(({ name }) => name === 'agent.loop');
  expect(loop).toEqual({ at: expect.any(Number), name: 'agent.loop', data: { max_iterations: 9, iterations: 2, duration_ms: expect.any(Number), status: 'success' } });
  expect(loop?.at).toBeGreaterThanOrEqual(SINCE);
  expect(loop?.at).toBeLessThanOrEqual(Date.now());
});

it('an operation that failed is noted with what went wrong', async () => {
  const failure = new Failure('model_overloaded', { errorType: 'overloaded_error', publicMessage: 'Too busy.' });
  await expect(run(() => observer.observe('agent.loop', { max_iterations: 9 }, () => Promise.reject(failure)))).rejects.toBe(failure);
  expect(entries().find(({ name }) => name === 'agent.loop')?.data).toMatchObject({ status: 'error', error_type: 'overloaded_error', error: 'model_overloaded: Too busy.' });
  expect(kept()).toBe(0);
});

it('a fact is noted with its details', async () => {
  await run(() => degrade());
  expect(entries().find(({ name }) => name === 'run.degraded')).toEqual({ at: expect.any(Number), name: 'run.degraded', data: { component: 'c0' } });
});

it('a run that goes on in another process has its journal there', async () => {
  await run(() => degrade(), 'run_1', 'run.resumed');
  expect(names()).toEqual(['run.resumed', 'run.degraded', 'agent.process']);
});

describe('what people or models wrote', () => {
  it('is in no entry', async () => {
    await run(async () => {
      await observer.observe('llm.call', call, async (report) => { report.learn({ output_message: [{ type: 'text', text: 'my secret answer' }], output_tokens: 3 }); });
      await observer.observe('tool.call', { tool_name: 'calculator', tool_use_id: 'toolu_1', tool_input: 'my secret input' }, async (report) => { report.learn({ tool_result: 'my secret result', result_length: 16 }); });
    });
    expect(names()).toEqual(['run.begun', 'llm.call', 'tool.call', 'agent.process']);
    expect(JSON.stringify(written)).not.toContain('secret');
    expect(entries()[1]?.data).toMatchObject({ model: 'model-1', output_tokens: 3 });
    expect(entries()[2]?.data).toMatchObject({ tool_name: 'calculator', result_length: 16 });
  });

  it('is in no entry of any operation that has content', async () => {
    const withContent = Object.entries(OPERATIONS).filter(([, { content }]) => content);
    expect(withContent.map(([name]) => name)).toEqual(['llm.call', 'tool.call']);
    for (const [name, { content = [] }] of withContent) {
      written.length = 0;
      const attributes = Object.fromEntries(content.map((attribute) => [attribute, 'secret']));
      await run(() => observer.observe(name as 'tool.call', attributes as never, async () => undefined));
      expect(entries()[1]?.name).toBe(name);
      expect(Object.keys(entries()[1]?.data ?? {})).toEqual(['duration_ms', 'status']);
    }
  });
});

describe('of a run that is not on record', () => {
  it('nothing is noted: it was refused', async () => {
    const busy = new Failure('conversation_busy', { errorType: 'conversation_busy', publicMessage: 'busy' });
    await expect(run(() => { degrade(150); throw busy; }, 'run_1', 'none')).rejects.toBe(busy);
    expect([written, kept()]).toEqual([[], 0]);
  });

  it('nothing is noted: there is no run', async () => {
    degrade();
    observer.note('run.begun', { run_id: 'run_1' });
    await observer.observe('agent.loop', { max_iterations: 9 }, async () => undefined);
    expect([written, kept()]).toEqual([[], 0]);
  });

  it('nothing is noted that came before it was', async () => {
    await run(() => { degrade(); observer.note('run.begun', { run_id: 'run_1' }); }, 'run_1', 'none');
    expect(names()).toEqual(['run.begun', 'agent.process']);
  });
});

describe('a long run', () => {
  it('hands its entries on a hundred at a time, and the rest with its end', async () => {
    await run(() => {
      degrade(98);
      expect(written).toEqual([]);
      degrade(1);
      expect(written.map((each) => each.entries.length)).toEqual([100]);
      degrade(151);
    });
    expect(written.map((each) => each.entries.length)).toEqual([100, 100, 52]);
    expect(names()).toHaveLength(1 + 98 + 1 + 151 + 1);
    expect(kept()).toBe(0);
  });

  it('hands nothing on when its end was the hundredth entry', async () => {
    await run(() => degrade(98));
    expect(written.map((each) => each.entries.length)).toEqual([100]);
    expect(kept()).toBe(0);
  });
});

it('nothing is kept of what comes behind the end of a run', async () => {
  let late = () => {};
  await run(() => {
    const tool = Promise.withResolvers<void>();
    void observer.observe('tool.call', { tool_name: 'slow', tool_use_id: 'toolu_1', tool_input: {} }, () => tool.promise);
    late = () => { tool.resolve(); observer.note('tool.late_result', { tool_name: 'slow' }); };
  });
  written.length = 0;
  await withRunContext({ correlationId: 'c', channel: 'http', runId: 'run_1' }, async () => late());
  await new Promise(setImmediate);
  expect([written, kept()]).toEqual([[], 0]);
});

it('runs that go on at the same time do not get in each other’s way', async () => {
  const first = Promise.withResolvers<void>();
  const running = run(async () => { degrade(); await first.promise; degrade(); }, 'run_1');
  await run(() => degrade(), 'run_2');
  expect(written.map(({ runId, entries: { length } }) => [runId, length])).toEqual([['run_2', 3]]);
  first.resolve();
  await running;
  expect(written.map(({ runId, entries: { length } }) => [runId, length])).toEqual([['run_2', 3], ['run_1', 4]]);
});

it('without anybody who keeps it, a journal is dropped', async () => {
  pillar = new JournalPillar();
  observer = new CompositeObserver([pillar], (error) => { throw error; });
  await run(() => degrade(250));
  expect(kept()).toBe(0);
});
