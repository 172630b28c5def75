import type { AgentService } from '../../../src/agent/agent.service.js';
import { Failure } from '../../../src/kernel/failure.js';
import { RunQueue, type Handled } from '../../../src/queue/run-queue.js';
import { Settings } from '../../../src/settings/settings.js';
import type { RunRecord } from '../../../src/store/run-record.js';
import type { RunStore } from '../../../src/store/run-store.js';
import type { TraceCarrier } from '../../../src/tracing/trace-carrier.js';
import { RunWorker } from '../../../src/worker/run-worker.js';

const AWAY = new Failure('store_unavailable', { errorType: 'store_unavailable', publicMessage: 'away' });
const RUN = { id: 'run_1', traceparent: '00-a-b-01' } as RunRecord;
const TAKEN = { lease: { runId: 'run_1', fence: 1 }, run: RUN };

/** A queue whose messages a test delivers. */
class HandQueue extends RunQueue {
  concurrency = 0;
  deliver: (runId: string) => Promise<Handled> = () => Promise.reject(new Error('nobody works'));

  override async send(): Promise<void> {}
  override async remind(): Promise<void> {}
  override async close(): Promise<void> {}

  override async work(handle: (runId: string) => Promise<Handled>, concurrency: number): Promise<void> {
    this.deliver = handle;
    this.concurrency = concurrency;
  }

  override async stop(): Promise<void> {
    this.concurrency = 0;
  }
}

let queue: HandQueue;
let worker: RunWorker;
let take: RunStore['take'];
let resume: AgentService['resume'];
let story: unknown[];

beforeEach(async () => {
  queue = new HandQueue();
  story = [];
  take = async () => TAKEN;
  resume = async (taken, signal) => void story.push(['resume', taken, signal.aborted]);
  const store: Pick<RunStore, 'take'> = { take: (runId) => { story.push(['take', runId]); return take(runId); } };
  const agent: Pick<AgentService, 'resume'> = { resume: (taken, signal) => resume(taken, signal) };
  const carrier: Pick<TraceCarrier, 'goOn'> = { goOn: (traceparent, work) => { story.push(['go on', traceparent]); return work(); } };
  worker = new RunWorker(queue, store as RunStore, agent as AgentService, carrier as TraceCarrier, Settings.from({}).worker);
  await worker.start();
});

it('works on as many runs at once as the settings say', async () => {
  expect(queue.concurrency).toBe(Settings.from({}).worker.concurrency);
});

it('takes a run, and has it carried out as a part of the trace of who asked', async () => {
  expect(await queue.deliver('run_1')).toBe('done');
  expect(story).toEqual([['take', 'run_1'], ['go on', '00-a-b-01'], ['resume', TAKEN, false]]);
});

it('is done only when the run is', async () => {
  const carriedOut = Promise.withResolvers<void>();
  resume = () => carriedOut.promise;
  let handled: Handled | undefined;
  const handling = queue.deliver('run_1').then((how) => { handled = how; });
  await new Promise(setImmediate);
  expect(handled).toBeUndefined();
  carriedOut.resolve();
  await handling;
  expect(handled).toBe('done');
});

it('has nothing to do for a run that somebody else took', async () => {
  take = async () => 'gone';
  expect(await queue.deliver('run_1')).toBe('done');
  expect(story).toEqual([['take', 'run_1']]);
});

it('lets a run wait whose conversation is busy', async () => {
  take = async () => 'busy';
  expect(await queue.deliver('run_1')).toBe('busy');
  expect(story).toEqual([['take', 'run_1']]);
});

it.each([AWAY, new TypeError('a bug'), new Failure('handed_back', { errorType: 'shutting_down', publicMessage: 'elsewhere' })])('whatever becomes of the run, the queue hears of no error: %s', async (error) => {
  resume = () => Promise.reject(error);
  expect(await queue.deliver('run_1')).toBe('done');
});

it('lets a run wait that could not be taken because the store is away', async () => {
  take = () => Promise.reject(AWAY);
  expect(await queue.deliver('run_1')).toBe('busy');
  expect(story).toEqual([['take', 'run_1']]);
});
