import * as z from 'zod';
import { Failure } from '../../../src/kernel/failure.js';
import type { ToolOutcome } from '../../../src/tools/toolbox.js';
import { ToolHandler } from '../../../src/tools/tool-handler.js';
import { callTo, setUp, type Run } from './inline-tools.js';

const { signal } = new AbortController();
const MEGABYTE = 1_000_000;

/** What the model gets of a tool that does this. */
function outcomeOf(run: Run): Promise<ToolOutcome> {
  return setUp({ odd: run }, 'optional').caller.call(callTo('odd'), signal);
}

function trap(name: string): object {
  return Object.defineProperty({}, name, { get: () => { throw new Error(`${name} is a trap`); } });
}

describe('a tool that fails in an odd way is a failed result without a stack:', () => {
  it.each<readonly [string, Run]>([
    ['it throws an error', async () => { throw new Error('secret detail at /etc/x'); }],
    ['it throws at once', () => { throw new Error('secret'); }],
    ['it rejects', () => Promise.reject(new Error('secret'))],
    ['it throws a string', async () => { throw 'secret'; }],
    ['it throws null', async () => { throw null; }],
    ['it throws a symbol', async () => { throw Symbol('secret'); }],
    ['it throws an object without a prototype', async () => { throw Object.create(null); }],
    ...['name', 'code', 'message', 'stack', 'cause', 'errorType', 'publicMessage', 'retryAfterSeconds'].map((name): readonly [string, Run] => [
      `it throws what throws when its ${name} is read`, async () => { throw trap(name); },
    ]),
    ['it throws a proxy that throws', async () => { throw new Proxy({}, { get: () => { throw new Error('secret'); } }); }],
    ['it throws itself in a circle', async () => { const error: Error & { cause?: unknown } = new Error('secret'); error.cause = error; throw error; }],
    ['it settles twice', () => new Promise((resolve, reject) => { reject(new Error('secret')); resolve('fine'); })],
    ['it returns a thenable that throws', () => ({ then: () => { throw new Error('secret'); } }) as never],
    ['it returns what throws when its then is read', () => trap('then') as never],
  ])('%s', async (_what, run) => {
    expect(await outcomeOf(run)).toEqual({
      toolUseId: 'toolu_1', toolName: 'odd', errorType: 'execution', degraded: true, content: 'The tool "odd" failed. It failed in an unexpected way.',
    });
  });

  it('it does so five times: its breaker opens, even if the error can not be looked at', async () => {
    const { caller, breakers } = setUp({ odd: async () => { throw trap('errorType'); } }, 'optional');
    for (let call = 1; call <= 5; call++) await caller.call(callTo('odd'), signal);
    expect(breakers.openNames()).toEqual(['tool:odd']);
  });

  it('its check of the input throws', async () => {
    const { registry, caller } = setUp({});
    class Odd extends ToolHandler {
      override run = () => Promise.resolve('fine');
    }
    const text = z.string().refine(() => { throw new Error('secret'); });
    registry.register({ name: 'odd', description: 'odd', input: z.object({ text }), criticality: 'critical', sideEffect: 'none' }, new Odd());
    expect(await caller.call(callTo('odd'), signal)).toMatchObject({ errorType: 'execution', content: 'The tool "odd" failed. It failed in an unexpected way.' });
  });

  it('it says that it settled, and then that it did not: the first word counts', async () => {
    expect(await outcomeOf(() => new Promise((resolve, reject) => { resolve('fine'); reject(new Error('secret')); resolve('twice'); }))).toMatchObject({ content: 'fine' });
  });

  it('its public message is 10 MB long and has a key in it', async () => {
    const publicMessage = `password=${'hunter2'.repeat(5)} ${'x'.repeat(10 * MEGABYTE)}`;
    const { content } = await outcomeOf(async () => { throw new Failure('x', { errorType: 'execution', publicMessage }); });
    expect(Array.from(content).length).toBeLessThanOrEqual(500);
    expect(content).toMatch(/^The tool "odd" failed\. password=\[redacted\] x+… \(\d+ characters\)$/);
  });
});

it('a tool that can not say whether it is available is not offered and stops no other', () => {
  const { registry } = setUp({ good: async () => 'fine' });
  class Broken extends ToolHandler {
    override run = () => Promise.resolve('fine');
    override available(): boolean {
      throw new Error('broken');
    }
  }
  registry.register({ name: 'broken', description: 'broken', input: z.object({}), criticality: 'critical', sideEffect: 'none' }, new Broken());
  expect(registry.offered().map(({ definition }) => definition.name)).toEqual(['good']);
});

describe('a result is text that the API accepts, whatever the tool returned:', () => {
  const circle: Record<string, unknown> = { name: 'circle' };
  circle.self = circle;

  it.each<readonly [string, unknown, string | RegExp]>([
    ['nothing', undefined, '(no output)'], ['null', null, '(no output)'], ['blank text', ' \n', '(no output)'], ['a NUL', 'a\0b', 'ab'], ['only a NUL', '\0', '(no output)'],
    ['a number', 7, '7'], ['NaN', NaN, 'null'], ['false', false, 'false'], ['a bigint', 10n ** 30n, `"${10n ** 30n}"`],
    ['a bigint inside', { count: 3n }, '{"count":"3"}'], ['a function', function work() {}, '[Function: work]'], ['a symbol', Symbol('x'), 'Symbol(x)'],
    ['an object', { a: 1 }, '{"a":1}'], ['a circle', circle, /\[Circular \*1\]/], ['a date', new Date(0), '"1970-01-01T00:00:00.000Z"'],
    ['an object whose toJSON throws', { a: 1, toJSON: () => { throw new Error('secret'); } }, /a: 1/], ['an object whose field throws', { ...circle, a: 1 }, /a: 1/],
    ['a getter that throws', Object.defineProperty({}, 'a', { enumerable: true, get: () => { throw new Error('secret'); } }), /Getter/],
    ['a proxy that throws', new Proxy({}, { ownKeys: () => { throw new Error('secret'); } }), '{}'], ['a buffer', Buffer.from('binary'), '(6 bytes that are no text)'],
    ['half of a surrogate', 'a\ud83d', 'a\ufffd'], ['binary', '\u0000\u0001\u001f\u00ff', '\u0001\u001f\u00ff'],
    ['what looks at itself in its own way', { toJSON: 1, big: circle, [Symbol.for('nodejs.util.inspect.custom')]: () => 'secret' }, /name: 'circle'/],
  ])('%s', async (_what, result, content) => {
    const outcome = await outcomeOf(async () => result as string);
    expect(outcome.errorType).toBeUndefined();
    if (typeof content === 'string') expect(outcome.content).toBe(content);
    else expect(outcome.content).toMatch(content);
    expect(outcome.content).not.toContain('secret');
  });
});

describe('a huge result is cut at 32,000 characters, with a note, and takes little memory:', () => {
  let deep: unknown = 'end';
  for (let level = 0; level < 12; level++) deep = [deep, deep, deep, deep];

  it.each<readonly [string, () => unknown]>([
    ['50 MB of letters', () => 'x'.repeat(50 * MEGABYTE)], ['50 MB of half surrogates', () => '\ud83d'.repeat(25 * MEGABYTE)],
    ['50 MB of emoji', () => '😀'.repeat(12.5 * MEGABYTE)], ['a million lines', () => 'a line of text\n'.repeat(MEGABYTE)],
    ['50 MB of NUL', () => `x${'\0'.repeat(50 * MEGABYTE)}y`], ['a million rows', () => Array.from({ length: MEGABYTE }, (_, row) => ({ row }))],
    ['a small object that is 80 MB as text', () => deep], ['a million fields', () => Object.fromEntries(Array.from({ length: MEGABYTE }, (_, row) => [`field${row}`, row]))],
  ])('%s', async (_what, make) => {
    const result = make(); // Its own memory is the tool's.
    const { content, grownMegabytes } = await measured(() => outcomeOf(async () => result as string));
    expect(content.isWellFormed()).toBe(true);
    expect(content).not.toContain('\0');
    expect(Array.from(content.replace(/… \(\d+ characters\)$/, '')).length).toBeLessThanOrEqual(32_000);
    expect(content).toMatch(/… \(\d+ characters\)$/);
    expect(grownMegabytes).toBeLessThan(100);
  });

  it('50 MB of bytes are only counted', async () => {
    const { content, grownMegabytes } = await measured(() => outcomeOf(async () => Buffer.alloc(50 * MEGABYTE, 1) as never));
    expect(content).toBe('(50000000 bytes that are no text)');
    expect(grownMegabytes).toBeLessThan(100);
  });

  it('a note of the whole length comes behind exactly 32,000 code points', async () => {
    const { content } = await outcomeOf(async () => '😀'.repeat(40_000));
    expect(content).toBe(`${'😀'.repeat(32_000)}… (80000 characters)`);
    expect((await outcomeOf(async () => '😀'.repeat(32_000))).content).toBe('😀'.repeat(32_000));
  });
});

/** How much the process grew in the time. */
async function measured(work: () => Promise<ToolOutcome>): Promise<{ readonly content: string; readonly grownMegabytes: number }> {
  const before = process.memoryUsage().rss;
  const { content } = await work();
  return { content, grownMegabytes: (process.memoryUsage().rss - before) / MEGABYTE };
}
