import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { SystemClock } from '../kernel/clock.js';
import { Failure } from '../kernel/failure.js';
import { Bulkhead } from '../resilience/bulkhead.js';

/** Processes at once, for all tools: more than there are cores only make each other late. */
const MOST_PROCESSES = Math.max(2, availableParallelism());
/** Calls that may wait for a place; each waits no longer than its own time. */
const MOST_WAITING = 1_000;
const NO_LIMIT_MILLISECONDS = 2 ** 31 - 2;
/** Of the heap; buffers are not in it. */
const HEAP_MEGABYTES = 128;

/** Shared, because the cores are. */
const places = new Bulkhead(
  { concurrent: MOST_PROCESSES, queued: MOST_WAITING, waitMilliseconds: NO_LIMIT_MILLISECONDS },
  new SystemClock(), { queued: () => undefined, admitted: () => undefined },
);

/**
 * The worker's own program, as text: so it is the same from the sources and from dist/. It is nice to the service, is the first to
 * go when the machine has no memory left, leaves the end to the service, and ends with it: code that never yields hears of no
 * closed channel, so a thread looks. The result becomes text there, not here, where it would take the service's time.
 */
const PROGRAM = `
  const attempt = (step) => { try { step(); } catch { /* not on this system */ } };
  attempt(() => require('node:os').setPriority(10));
  attempt(() => require('node:fs').writeFileSync('/proc/self/oom_score_adj', '1000'));
  for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(name, () => undefined);
  const look = "setInterval(() => process.ppid === " + process.ppid + " || process.kill(process.pid, 'SIGKILL'), 500)";
  new (require('node:worker_threads').Worker)(look, { eval: true }).unref();
  process.once('message', async ({ module, input, context }) => {
    const answer = await import(module).then(({ run }) => run(input, context)).then(
      (result) => ({ text: typeof result === 'string' ? result : JSON.stringify(result) }),
    ).catch((error) => {
      const { code, errorType, publicMessage, retryAfterSeconds } = Object(error);
      return { failure: { code, errorType, publicMessage, retryAfterSeconds } };
    });
    process.send(answer);
  });
`;

export interface ProcessWork {
  /** URL of a JavaScript module that exports `run(input, context)`. */
  readonly module: string;
  /** Copied: plain data. */
  readonly input: unknown;
  readonly context: { readonly toolUseId: string };
}

/**
 * Runs the work in a process of its own and resolves with its text. The process has no environment and a bounded heap, what it
 * prints is dropped, and it ends with the call: when the signal is aborted, at once, even in the middle of a loop.
 * @throws the signal's reason, what the work threw, or Failure `execution` when the process ended without a word
 */
export function runInProcess(work: ProcessWork, signal: AbortSignal): Promise<unknown> {
  const answer = Promise.withResolvers<unknown>();
  // The place is kept until the process is really gone, which may be later than the answer.
  places.execute(() => life(work, signal, answer), signal).catch(answer.reject);
  return answer.promise;
}

/** Resolves when the process is gone. */
async function life(work: ProcessWork, signal: AbortSignal, answer: PromiseWithResolvers<unknown>): Promise<void> {
  signal.throwIfAborted();
  const gone = Promise.withResolvers<void>();
  const child = spawn(process.execPath, [`--max-old-space-size=${HEAP_MEGABYTES}`, '--eval', PROGRAM], {
    env: {}, stdio: ['ignore', 'ignore', 'ignore', 'ipc'], serialization: 'advanced', signal, killSignal: 'SIGKILL',
  });
  child.on('error', (error) => answer.reject(signal.aborted ? signal.reason : error));
  child.on('message', (message) => {
    const { text, failure } = Object(message) as { readonly text?: unknown; readonly failure?: object };
    if (failure) answer.reject(failure);
    else answer.resolve(text);
    child.kill('SIGKILL');
  });
  child.once('close', () => {
    answer.reject(new Failure('worker_ended', { errorType: 'execution', publicMessage: 'It ended without a result.' }));
    gone.resolve();
  });
  try {
    child.send(work);
  } catch (error) {
    answer.reject(error);
    child.kill('SIGKILL');
  }
  await gone.promise;
}
