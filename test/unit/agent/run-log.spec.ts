import { jest } from '@jest/globals';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { RunEvent } from '../../../src/agent/run-event.js';
import { RunLog } from '../../../src/agent/run-log.js';
import type { Lease, StoredEvent } from '../../../src/store/run-record.js';
import { textReply } from '../../support/fakes.js';

/** Longer than any text waits to be saved with more of it. */
const LONGER = 1_000;

const NOW = Date.UTC(2026, 0, 1);
const text = (words: string): RunEvent => ({ type: 'text.delta', text: words });
const begun: RunEvent = { type: 'tool.started', call: { type: 'tool_use', id: 'toolu_0', name: 'calculator', input: {} } };
const completed: RunEvent = { type: 'tool.completed', outcome: { toolUseId: 'toolu_0', toolName: 'calculator', content: '1' } };
const received: RunEvent = { type: 'reply.received', reply: textReply('1.') };
const started: RunEvent = { type: 'run.started' };
const degraded: RunEvent = { type: 'run.degraded', component: 'calculator' };

/** A store that commits when a test lets it, or at once. */
class SlowStore {
  readonly appended: (readonly StoredEvent[])[] = [];
  readonly leases: Lease[] = [];
  readonly saving: PromiseWithResolvers<{ cancelRequested: boolean }>[] = [];
  isSlow = false;

  append(lease: Lease, events: readonly StoredEvent[]): Promise<{ readonly cancelRequested: boolean }> {
    this.leases.push(lease);
    this.appended.push(events);
    const saving = Promise.withResolvers<{ cancelRequested: boolean }>();
    this.saving.push(saving);
    if (!this.isSlow) saving.resolve({ cancelRequested: false });
    return saving.promise;
  }
}

let store: SlowStore;
let shown: [string, number][];
let news: string[];
let log: RunLog;

function logOf(fence: number): RunLog {
  return new RunLog(store, { runId: 'run_1', fence }, {
    show: (event, seq) => shown.push([event.type === 'text.delta' ? event.text : event.type, seq]),
    onSaved: () => news.push('saved'),
    onCancelRequested: () => news.push('cancel'),
    onFailed: (error) => news.push(`failed: ${(error as Error).message}`),
  });
}

beforeEach(() => {
  jest.useFakeTimers({ now: NOW, doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
  [store, shown, news] = [new SlowStore(), [], []];
  log = logOf(1);
});
afterEach(async () => {
  await nextTurn(); // an unhandled rejection fails the test that made it
  jest.useRealTimers();
});

describe('the numbers of events', () => {
  it('grow by one from a million for the first who holds the run, from two millions for the second', () => {
    for (const fence of [1, 2, 7]) {
      const held = logOf(fence);
      held.add(started);
      held.add(text('a'));
    }
    expect(shown.map(([, seq]) => seq)).toEqual([1_000_001, 1_000_002, 2_000_001, 2_000_002, 7_000_001, 7_000_002]);
  });

  it('are not used up by what only matters to whoever watches the process', async () => {
    log.add({ type: 'iteration.started', iteration: 1, withdrawn: [] });
    log.add(text('a'));
    log.add({ type: 'iteration.completed', iteration: 1 });
    log.add(text('b'));
    await log.save();
    expect(shown).toEqual([['a', 1_000_001], ['b', 1_000_002]]);
    expect(store.appended.flat()).toHaveLength(1);
  });

  it('tell whether anything can be on record', () => {
    expect([logOf(1).isFirst, logOf(2).isFirst]).toEqual([true, false]);
  });
});

describe('text', () => {
  it('is shown at once', () => {
    store.isSlow = true;
    log.add(text('Hel'));
    log.add(text('lo'));
    expect(shown).toEqual([['Hel', 1_000_001], ['lo', 1_000_002]]);
    expect(store.appended).toEqual([]);
  });

  it('is saved soon, in one entry with the number of its last piece and the time of its first', async () => {
    log.add(text('Hel'));
    jest.advanceTimersByTime(10);
    log.add(text('lo'));
    jest.advanceTimersByTime(LONGER);
    await nextTurn();
    expect(store.appended).toEqual([[{ seq: 1_000_002, at: NOW, type: 'text.delta', data: { texts: ['Hel', 'lo'] } }]]);
    expect(store.leases).toEqual([{ runId: 'run_1', fence: 1 }]);
  });

  it('that never stops is saved all the same', async () => {
    for (let piece = 0; piece < 100; piece++) {
      log.add(text('.'));
      jest.advanceTimersByTime(5);
    }
    await nextTurn();
    expect(store.appended.length).toBeGreaterThan(0);
  });

  it('is not put together over something that happened in between', async () => {
    for (const event of [text('a'), { type: 'reply.restarted', attempt: 2 } as RunEvent, text('b'), text('c')]) log.add(event);
    await log.save();
    expect(store.appended).toEqual([[
      { seq: 1_000_001, at: NOW, type: 'text.delta', data: { texts: ['a'] } },
      { seq: 1_000_002, at: NOW, type: 'reply.restarted', data: { attempt: 2 } },
      { seq: 1_000_004, at: NOW, type: 'text.delta', data: { texts: ['b', 'c'] } },
    ]]);
  });

  it('does not grow an entry that is being saved', async () => {
    store.isSlow = true;
    log.add(text('a'));
    const saved = log.save();
    await nextTurn();
    log.add(text('b'));
    store.saving[0]?.resolve({ cancelRequested: false });
    await saved;
    expect(store.appended).toEqual([[{ seq: 1_000_001, at: NOW, type: 'text.delta', data: { texts: ['a'] } }]]);
  });
});

describe('a step', () => {
  it.each([received, begun, completed])('is shown only when it is safe: $type', async (event) => {
    store.isSlow = true;
    log.add(event);
    const saved = log.save();
    await nextTurn();
    expect([shown, news]).toEqual([[], []]);
    store.saving[0]?.resolve({ cancelRequested: false });
    await saved;
    expect([shown, news]).toEqual([[[event.type, 1_000_001]], ['saved']]);
  });

  it('is passed by nothing, not even by text', async () => {
    store.isSlow = true;
    log.add(text('before '));
    log.add(received);
    log.add(text('after'));
    expect(shown).toEqual([['before ', 1_000_001]]);
    const saved = log.save();
    await nextTurn();
    store.saving[0]?.resolve({ cancelRequested: false });
    await saved;
    expect(shown).toEqual([['before ', 1_000_001], ['reply.received', 1_000_002], ['after', 1_000_003]]);
  });

  it('is not passed by text while it is being saved', async () => {
    store.isSlow = true;
    log.add(received);
    const saved = log.save();
    await nextTurn();
    log.add(text('after'));
    log.add(degraded);
    expect(shown).toEqual([]);
    store.saving[0]?.resolve({ cancelRequested: false });
    await saved;
    expect(shown).toEqual([['reply.received', 1_000_001], ['after', 1_000_002], ['run.degraded', 1_000_003]]);
  });

  it('that waits behind one which is being saved is not shown with it', async () => {
    store.isSlow = true;
    log.add(received);
    const first = log.save();
    await nextTurn();
    log.add(text('after'));
    log.add(begun);
    const second = log.save();
    store.saving[0]?.resolve({ cancelRequested: false });
    await first;
    expect(shown.map(([what]) => what)).toEqual(['reply.received', 'after']);
    await nextTurn();
    store.saving[1]?.resolve({ cancelRequested: false });
    await second;
    expect(shown.map(([what]) => what)).toEqual(['reply.received', 'after', 'tool.started']);
  });

  it('is saved without anybody who asks for it when it is the outcome of a tool', async () => {
    log.add(completed);
    await nextTurn();
    expect(store.appended.flat().map(({ type }) => type)).toEqual(['tool.completed']);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('takes the text before it along', async () => {
    log.add(text('I look.'));
    log.add(received);
    await log.save();
    expect(store.appended).toHaveLength(1);
    expect(store.appended[0]?.map(({ type }) => type)).toEqual(['text.delta', 'reply.received']);
    expect(jest.getTimerCount()).toBe(0);
  });
});

describe('a save', () => {
  it('resolves when everything so far is committed', async () => {
    store.isSlow = true;
    log.add(received);
    let isSafe = false;
    void log.save().then(() => { isSafe = true; });
    await nextTurn();
    expect(isSafe).toBe(false);
    store.saving[0]?.resolve({ cancelRequested: false });
    await nextTurn();
    expect(isSafe).toBe(true);
  });

  it('waits for the one before it, and saves all that came meanwhile', async () => {
    store.isSlow = true;
    log.add(received);
    const first = log.save();
    await nextTurn();
    log.add(begun);
    const saves = [log.save(), log.save()];
    log.add(completed);
    await nextTurn();
    expect(store.appended).toHaveLength(1);
    store.saving[0]?.resolve({ cancelRequested: false });
    await first;
    await nextTurn();
    expect(store.appended.slice(1).map((events) => events.map(({ type }) => type))).toEqual([['tool.started', 'tool.completed']]);
    store.saving[1]?.resolve({ cancelRequested: false });
    await Promise.all(saves);
  });

  it('with nothing new waits for what is on its way', async () => {
    store.isSlow = true;
    log.add(received);
    const first = log.save();
    await nextTurn();
    let isSafe = false;
    void log.save().then(() => { isSafe = true; });
    await nextTurn();
    expect(isSafe).toBe(false);
    store.saving[0]?.resolve({ cancelRequested: false });
    await first;
    await nextTurn();
    expect([isSafe, store.appended.length]).toEqual([true, 1]);
  });

  it('of nothing writes nothing', async () => {
    await log.save();
    expect([store.appended, news]).toEqual([[], []]);
  });

  it('hears that somebody wants the end of the run', async () => {
    store.isSlow = true;
    log.add(text('a'));
    const saved = log.save();
    await nextTurn();
    store.saving[0]?.resolve({ cancelRequested: true });
    await saved;
    expect(news).toEqual(['saved', 'cancel']);
  });
});

describe('a save that fails', () => {
  const lost = new Error('lease lost');

  async function failing(event: RunEvent): Promise<void> {
    store.isSlow = true;
    log.add(event);
    jest.advanceTimersByTime(LONGER);
    await nextTurn();
    store.saving[0]?.reject(lost);
    await nextTurn();
  }

  it.each([text('a'), completed])('in the background is told once, and is no unhandled rejection: $type', async (event) => {
    await failing(event);
    expect(news).toEqual(['failed: lease lost']);
  });

  it('is thrown at whoever waits for it', async () => {
    store.isSlow = true;
    log.add(received);
    const saved = log.save();
    await nextTurn();
    store.saving[0]?.reject(lost);
    await expect(saved).rejects.toBe(lost);
    expect(news).toEqual(['failed: lease lost']);
  });

  it('is thrown by each save behind it, and is not told again', async () => {
    await failing(text('a'));
    log.add(begun);
    await expect(log.save()).rejects.toBe(lost);
    await expect(log.save()).rejects.toBe(lost);
    expect(news).toEqual(['failed: lease lost']);
  });

  it('is the last one', async () => {
    await failing(text('a'));
    log.add(text('b'));
    log.add(completed);
    jest.advanceTimersByTime(LONGER);
    await nextTurn();
    expect(store.appended).toHaveLength(1);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('shows no step', async () => {
    await failing(completed);
    log.add(begun);
    await nextTurn();
    expect(shown).toEqual([]);
  });

  it('leaves nothing to end the run with', async () => {
    await failing(text('a'));
    await expect(log.rest({ type: 'run.ended' })).rejects.toBe(lost);
  });
});

describe('the end', () => {
  it('is saved by somebody else, with all that is not saved yet', async () => {
    log.add(begun);
    await log.save();
    log.add(text('Done'));
    log.add(text('.'));
    log.add(received);
    expect(await log.rest({ type: 'run.ended' })).toEqual([
      { seq: 1_000_003, at: NOW, type: 'text.delta', data: { texts: ['Done', '.'] } },
      { seq: 1_000_004, at: NOW, type: 'reply.received', data: { reply: textReply('1.') } },
      { seq: 1_000_005, at: NOW, type: 'run.ended', data: {} },
    ]);
  });

  it('is shown when it is safe', async () => {
    log.add(text('Done.'));
    log.add(received);
    await log.rest({ type: 'run.ended' });
    expect(shown).toEqual([['Done.', 1_000_001]]);
    log.showRest();
    expect(shown).toEqual([['Done.', 1_000_001], ['reply.received', 1_000_002], ['run.ended', 1_000_003]]);
    log.showRest();
    expect(shown).toHaveLength(3);
  });

  it('is given out again to whoever could not save it', async () => {
    log.add(text('Done.'));
    const rest = await log.rest({ type: 'run.ended' });
    expect(await log.rest({ type: 'run.ended' })).toEqual(rest);
    log.showRest();
    expect(shown).toEqual([['Done.', 1_000_001], ['run.ended', 1_000_002]]);
  });

  it('waits for what is on its way', async () => {
    store.isSlow = true;
    log.add(begun);
    void log.save();
    await nextTurn();
    let rest: readonly StoredEvent[] | undefined;
    void log.rest({ type: 'run.ended' }).then((events) => { rest = events; });
    await nextTurn();
    expect(rest).toBeUndefined();
    store.saving[0]?.resolve({ cancelRequested: false });
    await nextTurn();
    expect(rest?.map(({ type }) => type)).toEqual(['run.ended']);
    log.showRest();
    expect(shown.map(([what]) => what)).toEqual(['tool.started', 'run.ended']);
  });

  it('takes over what a save was about to write', async () => {
    log.add(begun);
    const saved = log.save();
    const rest = await log.rest({ type: 'run.ended' });
    await saved;
    expect(rest.map(({ type }) => type)).toEqual(['tool.started', 'run.ended']);
    expect(store.appended).toEqual([]);
  });

  it('is behind everything: what comes later is neither shown nor written', async () => {
    store.isSlow = true;
    log.add(begun);
    void log.save();
    await nextTurn();
    const rest = log.rest({ type: 'run.ended' });
    log.add(completed);
    log.add(text('late'));
    store.saving[0]?.resolve({ cancelRequested: false });
    expect((await rest).map(({ type }) => type)).toEqual(['run.ended']);
    log.add(completed);
    log.showRest();
    jest.advanceTimersByTime(LONGER);
    await nextTurn();
    expect(store.appended).toHaveLength(1);
    expect(shown.map(([what]) => what)).toEqual(['tool.started', 'run.ended']);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('leaves no timer', async () => {
    log.add(text('a'));
    await log.rest({ type: 'run.ended' });
    expect(jest.getTimerCount()).toBe(0);
  });
});
