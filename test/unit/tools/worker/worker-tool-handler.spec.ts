import { availableParallelism } from 'node:os';
import * as z from 'zod';
import type { ToolUseBlock } from '../../../../src/kernel/transcript.js';
import { BreakerRegistry } from '../../../../src/resilience/breaker-registry.js';
import { CheckedToolCaller } from '../../../../src/tools/checked-tool-caller.js';
import type { ToolOutcome } from '../../../../src/tools/toolbox.js';
import { ToolRegistry } from '../../../../src/tools/tool.registry.js';
import { WorkerToolHandler } from '../../../../src/tools/worker-tool-handler.js';
import { FakeClock } from '../../../support/fake-clock.js';

const Input = z.object({ way: z.string(), text: z.unknown().optional(), length: z.number().optional() });

class MisbehavingTool extends WorkerToolHandler {
  override readonly module = new URL('./misbehaviour.mjs', import.meta.url);
}

const { signal } = new AbortController();
/** Far more than a process needs to start on a slow machine. */
const PATIENCE_MILLISECONDS = 20_000;

function callerOf(tool: WorkerToolHandler, timeoutMilliseconds: number): CheckedToolCaller {
  const registry = new ToolRegistry();
  registry.register({ name: 'work', description: 'Works.', input: Input, criticality: 'critical', sideEffect: 'none' }, tool);
  const breakers = new BreakerRegistry(new FakeClock(), { stateChanged: () => undefined, failed: () => undefined, rejected: () => undefined });
  return new CheckedToolCaller(registry, breakers, { timeoutMilliseconds, onLate: () => undefined });
}

interface WorkOptions {
  readonly timeoutMilliseconds?: number;
  readonly within?: AbortSignal;
  readonly tool?: WorkerToolHandler;
}

function work(input: object, { timeoutMilliseconds = PATIENCE_MILLISECONDS, within = signal, tool = new MisbehavingTool() }: WorkOptions = {}): Promise<ToolOutcome> {
  const call: ToolUseBlock = { type: 'tool_use', id: 'toolu_1', name: 'work', input };
  return callerOf(tool, timeoutMilliseconds).call(call, within);
}

describe('a tool that works in a process of its own', () => {
  it.each([
    ['echo', { text: 'hi' }, 'hi for toolu_1'], ['later', { text: 'hi' }, 'HI'], ['object', {}, '{"a":1}'], ['nothing', {}, '(no output)'],
    ['prints', {}, 'printed'],
  ])('gives what its code returned: %s', async (way, input, content) => {
    expect(await work({ way, ...input })).toEqual({ toolUseId: 'toolu_1', toolName: 'work', content });
  });

  it('gives its code no environment, so that no key leaks', async () => {
    process.env.SECRET_OF_THE_SERVICE = 'x';
    expect(await work({ way: 'environment' })).toMatchObject({ content: '{}' });
    delete process.env.SECRET_OF_THE_SERVICE;
  });

  it('shows the public message of an expected failure, and keeps its type', async () => {
    expect(await work({ way: 'fails' })).toMatchObject({ errorType: 'not_found', content: 'The tool "work" failed. There is no such city.' });
  });

  it.each(['throws', 'throwsLater', 'throwsNull', 'throwsTrap', 'bigint', 'exits', 'aborts', 'killsItself', 'neverSettles', 'noSuchWay'])(
    'has failed, and no more than that, when its code goes wrong: %s', async (way) => {
      const outcome = await work({ way });
      expect(outcome).toMatchObject({ errorType: 'execution', degraded: true });
      expect(outcome.content).toMatch(/^The tool "work" failed\. It (?:failed in an unexpected way|ended without a result)\.$/);
    },
  );

  it.each(['fillsArray', 'fillsObjects', 'fillsMap', 'fillsText'])('has failed when its memory is full: %s', async (way) => {
    expect(await work({ way })).toMatchObject({ errorType: 'execution', content: 'The tool "work" failed. It ended without a result.' });
  });

  it.each(['loops', 'backtracks', 'staysInNativeCode', 'hangs'])('is stopped when its time is over: %s', async (way) => {
    const { longestMilliseconds, result } = await watchingTheLoop(work({ way }, { timeoutMilliseconds: 500 }));
    expect(result).toMatchObject({ errorType: 'timeout', degraded: true });
    expect(longestMilliseconds).toBeLessThan(5_000); // some 35 ms on a quiet machine; in the service it would be 30 s
  });

  it('is stopped when the request is aborted, with the reason of the abort', async () => {
    const controller = new AbortController();
    const running = work({ way: 'loops' }, { within: controller.signal });
    const reason = new Error('the user left');
    controller.abort(reason);
    await expect(running).rejects.toBe(reason);
  });

  it('can say nothing that harms the service', async () => {
    expect(await work({ way: 'sendsNull' })).toMatchObject({ content: '(no output)' });
  });

  it('has its output cut', async () => {
    const { longestMilliseconds, result: { content } } = await watchingTheLoop(work({ way: 'bigText', length: 50_000_000 }));
    expect(content).toBe(`${'😀'.repeat(32_000)}… (50000000 characters)`);
    expect(longestMilliseconds).toBeLessThan(5_000); // some 35 ms on a quiet machine; in the service it would be 30 s
  });

  it('has failed when its input can not be copied', async () => {
    expect(await work({ way: 'echo', text: () => undefined })).toMatchObject({ errorType: 'execution' });
  });

  it('has failed when its module does not exist', async () => {
    class Missing extends WorkerToolHandler {
      override readonly module = new URL('./missing.mjs', import.meta.url);
    }
    expect(await work({ way: 'echo' }, { tool: new Missing() })).toMatchObject({ errorType: 'execution' });
  });

  it('waits for a place when all are taken, and gets one when a process is gone', async () => {
    const many = 2 * Math.max(2, availableParallelism());
    const leaving = new AbortController();
    const loops = Array.from({ length: many }, () => work({ way: 'loops' }, { within: leaving.signal }).catch(() => 'aborted'));
    expect(await work({ way: 'echo', text: 'hi' }, { timeoutMilliseconds: 300 })).toMatchObject({ errorType: 'timeout' });
    leaving.abort();
    expect(await work({ way: 'echo', text: 'hi' })).toMatchObject({ content: 'hi for toolu_1' });
    expect(new Set(await Promise.all(loops))).toEqual(new Set(['aborted']));
  });
});

/** The longest time for which the event loop did nothing while the work went on. */
async function watchingTheLoop<R>(working: Promise<R>): Promise<{ readonly longestMilliseconds: number; readonly result: R }> {
  let [longestMilliseconds, last] = [0, performance.now()];
  const timer = setInterval(() => {
    longestMilliseconds = Math.max(longestMilliseconds, performance.now() - last);
    last = performance.now();
  }, 5);
  try {
    return { result: await working, longestMilliseconds };
  } finally {
    clearInterval(timer);
  }
}
