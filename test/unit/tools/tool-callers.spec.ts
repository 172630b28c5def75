import { Failure } from '../../../src/kernel/failure.js';
import { ObservedToolCaller } from '../../../src/tools/observed-tool-caller.js';
import { ObservedToolbox } from '../../../src/tools/observed-toolbox.js';
import { ParallelToolbox } from '../../../src/tools/parallel-toolbox.js';
import type { ToolOutcome } from '../../../src/tools/toolbox.js';
import { RecordingObserver } from '../../support/recording-observer.js';
import { callTo, setUp } from './inline-tools.js';

const signal = new AbortController().signal;

describe('a tool call', () => {
  it('gives what the tool returned', async () => {
    const { caller } = setUp({ echo: async (input) => (input as { text: string }).text });
    expect(await caller.call(callTo('echo', { text: 'hi' }), signal)).toEqual({ toolUseId: 'toolu_1', toolName: 'echo', content: 'hi' });
  });

  it('of a tool that does not exist is answered by name', async () => {
    const { caller } = setUp({});
    expect(await caller.call(callTo('magic'), signal)).toMatchObject({ errorType: 'not_found', content: 'There is no tool called "magic".' });
  });

  it.each([
    ['a missing field', {}, 'text:'], ['a wrong type', { text: 5 }, 'text:'], ['an extra key', { text: 'x', more: 1 }, 'more'],
    ['no object', 'x', 'input'], ['null', null, 'input'],
  ])('with %s is refused, naming the field', async (_what, input, field) => {
    const ran: unknown[] = [];
    const { caller } = setUp({ echo: async (given) => { ran.push(given); return ''; } });
    const outcome = await caller.call(callTo('echo', input), signal);
    expect(outcome).toMatchObject({ errorType: 'validation', content: expect.stringContaining(field) });
    expect(ran).toEqual([]);
  });

  it('whose input was no JSON says so', async () => {
    const { caller } = setUp({ echo: async () => '' });
    expect(await caller.call(callTo('echo', { unreadable_input: '{"text": "x' }), signal)).toMatchObject({
      errorType: 'validation', content: 'The tool "echo" was not run: its input was not valid JSON. Send one JSON object.',
    });
  });

  it('with a thousand wrong keys is refused in at most 500 characters, without a key that looks like a secret', async () => {
    const { caller } = setUp({ echo: async () => '' });
    const wrong = Object.fromEntries(['sk-ant-0123456789abcdef', ...Array.from({ length: 1_000 }, (_, index) => `key${index}`)].map((name) => [name, 1]));
    const { content } = await caller.call(callTo('echo', wrong), signal);
    expect(content).toContain('"echo"');
    expect(content).toContain('text:');
    expect(content).not.toContain('0123456789abcdef');
    expect(content.length).toBeLessThanOrEqual(500);
  });

  it('shows the public message of an expected failure, redacted and bounded', async () => {
    const publicMessage = `No, password=${'hunter2'.repeat(3)} ${'x'.repeat(2_000)}`;
    const { caller } = setUp({ bad: async () => { throw new Failure('x', { errorType: 'permission', publicMessage }); } });
    const outcome = await caller.call(callTo('bad'), signal);
    expect(outcome.errorType).toBe('permission');
    expect(outcome.content).not.toContain('hunter2');
    expect(outcome.content.length).toBeLessThanOrEqual(500);
  });

  it('of a tool that never settles ends when its time is over, aborts it, and counts a late result', async () => {
    let aborted = false;
    let finish = (_text: string): void => undefined;
    const { caller, late } = setUp({
      slow: (_input, { signal: within }) => new Promise((resolve) => {
        finish = resolve;
        within.addEventListener('abort', () => { aborted = true; });
      }),
    }, 'critical', 20);
    expect(await caller.call(callTo('slow'), signal)).toMatchObject({ errorType: 'timeout', content: expect.stringContaining('did not finish in time') });
    expect(aborted).toBe(true);
    finish('too late');
    await new Promise((resolve) => setImmediate(resolve));
    expect(late).toEqual(['slow']);
  });

  it('ends with the reason of the request when the request is aborted', async () => {
    const controller = new AbortController();
    const { caller } = setUp({ slow: () => new Promise(() => undefined) });
    const running = caller.call(callTo('slow'), controller.signal);
    controller.abort(new Failure('client_gone', { errorType: 'aborted', publicMessage: 'gone' }));
    await expect(running).rejects.toMatchObject({ code: 'client_gone' });
  });

  it('of an optional tool that keeps failing is refused at once after five failures, and marked as degraded', async () => {
    let calls = 0;
    const { caller, breakers } = setUp({ down: async () => { calls++; throw new Error('down'); } }, 'optional');
    for (let attempt = 0; attempt < 5; attempt++) expect(await caller.call(callTo('down'), signal)).toMatchObject({ errorType: 'execution', degraded: true });
    expect(await caller.call(callTo('down'), signal)).toMatchObject({ errorType: 'circuit_open', degraded: true });
    expect([calls, breakers.get('tool:down').state]).toEqual([5, 'open']);
  });
});

describe('the calls of one reply', () => {
  it('run side by side and come back in their order', async () => {
    const waiting: (() => void)[] = [];
    const { registry, breakers, caller } = setUp({ wait: (input) => new Promise((resolve) => waiting.push(() => resolve((input as { text: string }).text))) });
    const toolbox = new ParallelToolbox(registry, breakers, caller);
    const running = toolbox.execute(['a', 'b', 'c'].map((text) => callTo('wait', { text }, text)), { signal });
    while (waiting.length < 3) await new Promise((resolve) => setImmediate(resolve));
    for (const finish of waiting.toReversed()) finish();
    expect((await running).map((outcome) => outcome.content)).toEqual(['a', 'b', 'c']);
  });

  it('do not wait for each other: one that failed and one that is slow keep their places', async () => {
    const slow = Promise.withResolvers<string>();
    const { registry, breakers, caller } = setUp({ slow: () => slow.promise, broken: async () => { throw new Error('x'); }, quick: async () => 'quick' });
    const completed: string[] = [];
    const onToolCompleted = ({ toolName }: ToolOutcome) => {
      completed.push(toolName);
      if (completed.length === 2) slow.resolve('slow'); // so the slow one ends only if the others have
    };
    const outcomes = await new ParallelToolbox(registry, breakers, caller).execute(['slow', 'broken', 'quick'].map((name) => callTo(name, undefined, name)), { signal, onToolCompleted });
    expect(outcomes.map(({ toolUseId, content, errorType }) => [toolUseId, content, errorType])).toEqual([
      ['slow', 'slow', undefined], ['broken', 'The tool "broken" failed. It failed in an unexpected way.', 'execution'], ['quick', 'quick', undefined],
    ]);
    expect(completed).toEqual(['broken', 'quick', 'slow']);
  });

  it('never run more than eight at a time', async () => {
    let running = 0;
    let most = 0;
    const { registry, breakers, caller } = setUp({ busy: async () => { most = Math.max(most, ++running); await new Promise((resolve) => setImmediate(resolve)); running--; return 'x'; } });
    const outcomes = await new ParallelToolbox(registry, breakers, caller).execute(Array.from({ length: 30 }, (_, index) => callTo('busy', undefined, `t${index}`)).map((each) => ({ ...each, input: { text: '' } })), { signal });
    expect([outcomes.length, most]).toEqual([30, 8]);
  });

  it('are one tools.execute with one tool.call each, and a made-up name is shown as unknown', async () => {
    const { registry, breakers, caller } = setUp({ echo: async () => 'x' });
    const observer = new RecordingObserver();
    const observed = new ObservedToolCaller(caller, observer, (name) => registry.get(name)?.options.criticality);
    await new ObservedToolbox(new ParallelToolbox(registry, breakers, observed), observer).execute([callTo('echo'), callTo('invented_by_the_model', {}, 'toolu_2')], { signal });
    expect(observer.seen.map(({ operation, attributes, errorType }) => [operation, attributes.tool_name, errorType])).toEqual([
      ['tools.execute', undefined, undefined], ['tool.call', 'echo', undefined], ['tool.call', 'unknown', 'not_found'],
    ]);
  });
});
