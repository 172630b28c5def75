import { Lifecycle } from '../../src/http/lifecycle.js';
import type { NewRun } from '../../src/store/run-record.js';
import { RunStore } from '../../src/store/run-store.js';
import { Database } from '../../src/store/sql/database.js';
import { Upkeep } from '../../src/worker/upkeep.js';
import { eventually } from '../support/eventually.js';
import type { RunningApplication } from '../support/running-application.js';
import { RunsClient } from '../support/runs-client.js';
import { becomes } from './metric-drive-steps.js';
import type { Drive } from './metric-drives.js';

const MEBIBYTE = 1_048_576;
const shortLease = () => ({ LEASE: '0.6' });
const storeOf = (service: RunningApplication) => service.app.get(RunStore, { strict: false });
const upkeepOf = (service: RunningApplication) => service.app.get(Upkeep, { strict: false });
const kyselyOf = (service: RunningApplication) => service.app.get(Database, { strict: false }).engine.kysely;

function newRun(run: Partial<NewRun> = {}): NewRun {
  return {
    id: `run_${crypto.randomUUID()}`, conversationId: `conv_${crypto.randomUUID()}`, mayBeginConversation: true, correlationId: 'gone',
    channel: 'http', message: 'Hello', detached: false, priority: 0, ...run,
  };
}

/** A run that somebody began and does not work on any more. */
async function orphan(service: RunningApplication, run: Partial<NewRun> = {}): Promise<NewRun> {
  const begun = newRun(run);
  await storeOf(service).begin(begun);
  return begun;
}

async function asyncRun(service: RunningApplication): Promise<string> {
  const response = await new RunsClient(service.url).create({ message: 'What is 15 multiplied by 23?' }, { prefer: 'respond-async' });
  return ((await response.json()) as { run_id: string }).run_id;
}

/** What happens to runs that nobody waits for, or whose process is gone. */
export const RUN_DRIVES: Readonly<Record<string, Drive>> = {
  'a run that waits for a worker': {
    act: async (service) => new RunsClient(service.url).ended(await asyncRun(service)),
    moves: [['agent_runs_queued_total', {}, 1], ['agent_requests_total', { status: 'success', user_id: 'unknown' }, 1]],
  },
  'a run whose process is gone and that can be found again': {
    environment: shortLease,
    act: async (service) => new RunsClient(service.url).ended((await orphan(service, { detached: true })).id),
    moves: [['agent_runs_recovered_total', {}, 1], ['agent_runs_resumed_total', {}, 1]],
  },
  'runs whose process is gone and that nobody can find, or has to': {
    environment: shortLease,
    act: async (service) => {
      const runs = [await orphan(service), await orphan(service, { detached: true }), newRun({ detached: true })];
      await storeOf(service).requestCancel(String(runs[1]?.id));
      await kyselyOf(service).insertInto('conversations').values({ id: String(runs[2]?.conversationId), created_at: 1, updated_at: Date.now(), ended_runs: 0 }).execute();
      await storeOf(service).begin(runs[2] as NewRun);
      await kyselyOf(service).updateTable('runs').set({ attempts: 3 }).where('id', '=', String(runs[2]?.id)).execute();
      for (const { id } of runs) await new RunsClient(service.url).ended(id);
    },
    moves: ['interrupted', 'aborted', 'attempts_exhausted'].map((error_type) => ['agent_runs_closed_total', { error_type }, 1]),
  },
  'a run that another process took over and ended': {
    environment: shortLease,
    act: async (service) => {
      service.simulator.enqueue({ kind: 'hang' });
      const id = await asyncRun(service);
      await eventually(() => service.simulator.inFlight === 1);
      await kyselyOf(service).updateTable('runs').set({ fence: 9, owner: 'another', status: 'ended', outcome: 'success', holds: null }).where('id', '=', id).execute();
      await becomes(service, 'agent_leases_lost_total', 1);
    },
    moves: [['agent_leases_lost_total', {}, 1]],
  },
  'a process that ends while it has a run': {
    act: async (service) => {
      service.simulator.enqueueSteps('slow:0.2');
      await asyncRun(service);
      await eventually(() => service.simulator.inFlight === 1);
      const drained = service.app.get(Lifecycle, { strict: false }).drain('test', 300);
      await service.chat({ message: 'Hello' });
      await drained;
      await becomes(service, 'agent_runs_handed_back_total', 1);
    },
    moves: [['agent_runs_handed_back_total', {}, 1], ['agent_requests_rejected_total', { reason: 'draining' }, 1]],
  },
  'a key that was used for another request': {
    act: async (service) => {
      for (const message of ['Hello', 'Good evening']) await service.chat({ message }, { 'idempotency-key': 'once' });
    },
    moves: [['agent_requests_rejected_total', { reason: 'idempotency' }, 1]],
  },
  'a look at what the store holds': {
    act: async (service) => {
      const { conversationId } = await orphan(service);
      await storeOf(service).enqueue(newRun({ conversationId, detached: true }));
      await service.chat({ message: 'What is 15 multiplied by 23?' });
      await upkeepOf(service).count();
    },
    moves: [
      ['agent_sessions_active', {}, 2], ['agent_runs', { state: 'running' }, 1], ['agent_runs', { state: 'queued' }, 1], ['store_log_bytes', {}, 'up'],
      ['agent_oldest_run_seconds', { state: 'running' }, 'up'], ['agent_oldest_run_seconds', { state: 'queued' }, 'up'],
    ],
  },
  'a store that has grown too old and too big': {
    environment: () => ({ MAX_LOG_MB: '1' }),
    act: async (service) => {
      await service.chat({ message: 'Hello' }, { 'idempotency-key': 'old' });
      await kyselyOf(service).updateTable('conversations').set({ updated_at: 1 }).execute();
      await kyselyOf(service).updateTable('idempotency_keys').set({ created_at: 1 }).execute();
      const begun = await storeOf(service).begin(newRun());
      if (begun.kind !== 'created') throw new Error('Nothing was begun.');
      const events = [{ seq: 1, at: Date.now(), type: 'text.delta', data: { texts: ['x'.repeat(2 * MEBIBYTE)] } }];
      await storeOf(service).end(begun.lease, { outcome: 'success', turns: [], events, forgetKey: false });
      await upkeepOf(service).prune(new AbortController().signal);
    },
    moves: [['conversations', 1], ['idempotency_keys', 1], ['run_logs', 'up']].map(([kind, by]) => ['store_pruned_total', { kind: String(kind) }, by as 1 | 'up']),
  },
};
