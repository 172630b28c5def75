import { jest } from '@jest/globals';
import fc from 'fast-check';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { RunEvent } from '../../../src/agent/run-event.js';
import { eventsOf } from '../../../src/agent/run-feed.js';
import { RunLog } from '../../../src/agent/run-log.js';
import type { StoredEvent } from '../../../src/store/run-record.js';
import { textReply } from '../../support/fakes.js';

beforeEach(() => { jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] }); });
afterEach(() => { jest.useRealTimers(); });

const event: fc.Arbitrary<RunEvent> = fc.oneof(
  { weight: 5, arbitrary: fc.string({ maxLength: 3 }).map((text): RunEvent => ({ type: 'text.delta', text })) },
  { weight: 1, arbitrary: fc.constant<RunEvent>({ type: 'iteration.started', iteration: 1, withdrawn: [] }) },
  { weight: 1, arbitrary: fc.constant<RunEvent>({ type: 'iteration.completed', iteration: 1 }) },
  { weight: 1, arbitrary: fc.constant<RunEvent>({ type: 'reply.restarted', attempt: 2 }) },
  { weight: 1, arbitrary: fc.constant<RunEvent>({ type: 'reply.received', reply: textReply('1.') }) },
  { weight: 1, arbitrary: fc.constant<RunEvent>({ type: 'tool.started', call: { type: 'tool_use', id: 'a', name: 'b', input: {} } }) },
  { weight: 1, arbitrary: fc.constant<RunEvent>({ type: 'tool.completed', outcome: { toolUseId: 'a', toolName: 'b', content: 'c' } }) },
  { weight: 1, arbitrary: fc.constant<RunEvent>({ type: 'run.degraded', component: 'b' }) },
);
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('add' as const), event }) },
  { weight: 2, arbitrary: fc.constant({ do: 'save' as const }) },
  { weight: 3, arbitrary: fc.constant({ do: 'commit' as const }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), milliseconds: fc.constantFrom(1, 24, 25, 100) }) },
  { weight: 2, arbitrary: fc.constant({ do: 'turn' as const }) },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

const PASSING: readonly RunEvent['type'][] = ['iteration.started', 'iteration.completed'];
const AT_ONCE: readonly RunEvent['type'][] = ['text.delta', 'reply.restarted', 'run.degraded', 'run.started'];

interface Seen {
  readonly event: RunEvent;
  readonly seq: number;
}

/** A run whose store commits when the story says so. It writes down every promise that the log breaks. */
class World {
  readonly complaints = new Set<string>();
  readonly seen = new Set<string>();
  readonly entries: StoredEvent[] = [];
  readonly shown: Seen[] = [];
  readonly added: RunEvent[] = [];
  private committing: { readonly events: readonly StoredEvent[]; readonly commit: () => void } | undefined;
  private readonly log = new RunLog({ append: (_lease, events) => this.append(events) }, { runId: 'run_1', fence: 3 }, {
    show: (shown, seq) => this.show(shown, seq), onSaved: () => undefined, onCancelRequested: () => undefined, onFailed: () => this.complaints.add('failed'),
  });

  async take(each: Step): Promise<void> {
    switch (each.do) {
      case 'add': this.add(each.event); break;
      case 'save': void this.save(this.added.length); break;
      case 'commit': this.commit(); break;
      case 'wait': jest.advanceTimersByTime(each.milliseconds); break;
      case 'turn': await nextTurn(); break;
    }
  }

  async finish(): Promise<void> {
    const resting = this.log.rest({ type: 'run.ended' });
    this.added.push({ type: 'run.ended' });
    while (this.committing) {
      this.commit();
      await nextTurn();
    }
    this.entries.push(...await resting);
    this.log.showRest();
    jest.advanceTimersByTime(1_000);
    await nextTurn();
    this.demand(!this.committing, 'wrote behind the end');
    this.demand(jest.getTimerCount() === 0, 'left a timer');
  }

  private add(added: RunEvent): void {
    if (!PASSING.includes(added.type)) this.added.push(added);
    this.log.add(added);
    const waits = this.added.slice(this.safe()).some(({ type }) => !AT_ONCE.includes(type));
    if (!waits) this.demand(this.shown.length === this.added.length, 'kept something to itself that waited for nothing');
  }

  /** How many events are committed. */
  private safe(): number {
    return this.entries.flatMap(eventsOf).length;
  }

  private async save(sofar: number): Promise<void> {
    await this.log.save();
    this.seen.add('saved');
    this.demand(this.safe() >= sofar || this.added.at(-1)?.type === 'run.ended', 'said that it is safe, and it was not');
  }

  private append(events: readonly StoredEvent[]): Promise<{ readonly cancelRequested: boolean }> {
    this.demand(!this.committing, 'wrote two batches at once');
    this.demand(events.length > 0, 'wrote nothing');
    return new Promise((resolve) => {
      this.committing = { events, commit: () => resolve({ cancelRequested: false }) };
    });
  }

  private commit(): void {
    const { events, commit } = this.committing ?? {};
    this.committing = undefined;
    this.entries.push(...events ?? []);
    commit?.();
  }

  private show(shown: RunEvent, seq: number): void {
    this.shown.push({ event: shown, seq });
    if (AT_ONCE.includes(shown.type) || shown.type === 'run.ended') return;
    this.seen.add('showed a step');
    const isSafe = this.entries.flatMap(eventsOf).some((entry) => entry.seq === seq);
    this.demand(isSafe, `showed ${shown.type} before it was safe`);
  }

  private demand(promise: boolean, complaint: string): void {
    if (!promise) this.complaints.add(complaint);
  }
}

it('whatever happens in whatever order, the log is exactly what was shown, and what happened', async () => {
  const seen = new Set<string>();
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 60, size: 'max' }), async (story) => {
    const world = new World();
    for (const each of story) await world.take(each);
    await world.finish();
    expect([...world.complaints]).toEqual([]);
    const logged = world.entries.flatMap(eventsOf);
    expect(logged).toEqual(world.added.map((event, index) => ({ event, seq: 3_000_001 + index })));
    expect(world.shown).toEqual(logged);
    for (const { length } of world.entries.filter(({ type }) => type === 'text.delta').map(({ data }) => (data as { texts: string[] }).texts)) if (length > 1) seen.add('put text together');
    for (const what of world.seen) seen.add(what);
  }), { seed: 20_260_103, numRuns: 300 });
  expect([...seen].sort()).toEqual(['put text together', 'saved', 'showed a step']);
});
