import { jest } from '@jest/globals';
import fc from 'fast-check';
import { getEventListeners } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { eventsOf, RunFeed, type Followed } from '../../../src/agent/run-feed.js';
import { RunNews } from '../../../src/agent/run-news.js';
import type { RunReader } from '../../../src/store/run-reader.js';
import type { RunRecord, StoredEvent } from '../../../src/store/run-record.js';

const RUN: RunRecord = {
  id: 'run_1', conversationId: 'conv_1', correlationId: 'c', channel: 'http', message: 'Hi', detached: true, priority: 0,
  status: 'running', fence: 1, attempts: 1, cancelRequested: false, createdAt: 1,
};
const ENDED: RunRecord = { ...RUN, status: 'ended', outcome: 'success', result: { reply: 'Hi' } };

const entry = (seq: number, type: string, data: object = {}): StoredEvent => ({ seq, at: 1, type, data });
const LOG: readonly StoredEvent[] = [
  entry(1_000_001, 'run.started'),
  entry(1_000_004, 'text.delta', { texts: ['a', 'b', 'c'] }),
  entry(1_000_005, 'tool.started', { call: { id: 'toolu_1' } }),
  entry(2_000_001, 'run.resumed', { attempt: 2 }),
  entry(2_000_003, 'text.delta', { texts: ['d', 'e'] }),
  entry(2_000_004, 'run.ended'),
];
const ALL = [1_000_001, 1_000_002, 1_000_003, 1_000_004, 1_000_005, 2_000_001, 2_000_002, 2_000_003, 2_000_004];

/** What is on record of one run. A batch is returned whole when any piece of it is new. */
class Record {
  log: StoredEvent[] = [];
  run: RunRecord | undefined = RUN;
  looks = 0;
  /** Done before each look at the log, as another process may do something at any moment. */
  beforeLook = () => {};

  async find(): Promise<RunRecord | undefined> {
    return this.run;
  }

  async events(_runId: string, after: number, limit: number): Promise<readonly StoredEvent[]> {
    this.looks += 1;
    this.beforeLook();
    return this.log.filter(({ seq }) => seq > after).slice(0, limit);
  }

  append(...entries: readonly StoredEvent[]): void {
    this.log.push(...entries);
    if (entries.some(({ type }) => type === 'run.ended')) this.run = ENDED;
  }
}

let record: Record;
let news: RunNews;
let feed: RunFeed;
let controller: AbortController;

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
  [record, news, controller] = [new Record(), new RunNews(), new AbortController()];
  feed = new RunFeed(record as unknown as RunReader, news);
});
afterEach(() => { jest.useRealTimers(); });

/** Follows in the background. */
function follow(after = 0): { readonly seen: Followed[]; readonly end: Promise<void>; isOver: boolean } {
  const seen: Followed[] = [];
  const following = { seen, isOver: false, end: Promise.resolve() };
  following.end = (async () => {
    for await (const followed of feed.follow('run_1', after, controller.signal)) seen.push(followed);
    following.isOver = true;
  })();
  return following;
}

const numbers = (seen: readonly Followed[]) => seen.map(({ seq }) => seq);
const texts = (seen: readonly Followed[]) => seen.map((followed) => ('event' in followed && followed.event.type === 'text.delta' ? followed.event.text : '')).join('');

function expectNothingLeft(): void {
  expect(jest.getTimerCount()).toBe(0);
  expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
}

describe('an entry of the log', () => {
  it('stands for one event', () => {
    expect(eventsOf(entry(7, 'run.degraded', { component: 'x' }))).toEqual([{ event: { type: 'run.degraded', component: 'x' }, seq: 7 }]);
  });

  it('of text stands for each of its pieces, with the number that it was shown with', () => {
    expect(eventsOf(entry(7, 'text.delta', { texts: ['a', '', 'b'] }))).toEqual([
      { event: { type: 'text.delta', text: 'a' }, seq: 5 }, { event: { type: 'text.delta', text: '' }, seq: 6 }, { event: { type: 'text.delta', text: 'b' }, seq: 7 },
    ]);
  });
});

describe('a run that has ended', () => {
  beforeEach(() => record.append(...LOG));

  it('is told from its beginning to its record, and then nothing more', async () => {
    const { seen, end } = follow();
    await end;
    expect(numbers(seen)).toEqual(ALL);
    expect(texts(seen)).toBe('abcde');
    expect(seen.at(-1)).toEqual({ ended: ENDED, seq: 2_000_004 });
    expectNothingLeft();
  });

  it.each([...ALL, 1_500_000])('is told from behind any event, without a gap or a repetition: %d', async (after) => {
    const { seen, end } = follow(after);
    await end;
    expect(numbers(seen)).toEqual(ALL.filter((seq) => seq > after));
    expect(record.looks).toBe(1);
  });

  it('has nothing to tell behind its end', async () => {
    const { seen, end } = follow(2_000_004);
    await end;
    expect(seen).toEqual([]);
    expectNothingLeft();
  });

  it('is told to its end when it has thousands of entries', async () => {
    record.log = Array.from({ length: 1_000 }, (_, index) => entry(2 * index + 2, 'text.delta', { texts: ['x', 'y'] }));
    record.append(entry(5_000, 'run.ended'));
    const { seen, end } = follow();
    await end;
    expect(numbers(seen)).toEqual([...Array.from({ length: 2_000 }, (_, index) => index + 1), 5_000]);
    expectNothingLeft();
  });

  it('tells nothing behind its last event, whatever the log holds there', async () => {
    record.append(entry(2_000_005, 'tool.completed', { outcome: {} }));
    const { seen, end } = follow();
    await end;
    expect(numbers(seen)).toEqual(ALL);
  });
});

describe('a run that goes on', () => {
  it('is told as it happens, at once when it happens here', async () => {
    const { seen } = follow();
    await nextTurn();
    for (const each of LOG) {
      record.append(each);
      news.tell('run_1');
      await nextTurn();
      expect(seen.at(-1)?.seq).toBe(each.seq);
    }
    await nextTurn();
    expect(numbers(seen)).toEqual(ALL);
  });

  it('is told soon when it happens elsewhere', async () => {
    const following = follow();
    await nextTurn();
    for (const each of LOG) {
      record.append(each);
      jest.advanceTimersByTime(200);
      await nextTurn();
      expect(following.seen.at(-1)?.seq).toBe(each.seq);
    }
    await following.end;
    expect(numbers(following.seen)).toEqual(ALL);
    expectNothingLeft();
  });

  it('is over with its last event, at once', async () => {
    const following = follow();
    await nextTurn();
    record.append(...LOG);
    news.tell('run_1');
    await nextTurn();
    expect(following.isOver).toBe(true);
    expectNothingLeft();
  });

  it('that ends between the look at its record and the one at its log ends with the record of its end', async () => {
    record.beforeLook = () => { if (record.looks === 1) record.append(...LOG); };
    const { seen, end } = follow();
    await end;
    expect(numbers(seen)).toEqual(ALL);
    expect(seen.at(-1)).toEqual({ ended: ENDED, seq: 2_000_004 });
    expectNothingLeft();
  });

  it('is told whole to somebody who comes back in the middle of a batch', async () => {
    record.append(...LOG.slice(0, 2));
    const { seen } = follow(1_000_003);
    await nextTurn();
    expect(texts(seen)).toBe('c');
    record.append(...LOG.slice(2));
    news.tell('run_1');
    await nextTurn();
    expect(numbers(seen)).toEqual(ALL.filter((seq) => seq > 1_000_003));
  });
});

it('whenever entries come, and whoever tells of them, everything behind any number is told once and in order', async () => {
  const batches = fc.array(fc.oneof(fc.integer({ min: 1, max: 4 }), fc.constant('step' as const)), { maxLength: 12 });
  const when = fc.array(fc.constantFrom('told', 'waited', 'during a look', 'nothing'), { minLength: 14, maxLength: 14 });
  await fc.assert(fc.asyncProperty(batches, when, fc.nat(20), async (parts, moments, after) => {
    record = new Record();
    feed = new RunFeed(record as unknown as RunReader, news);
    let last = 0;
    const entries = [...parts.map((part) => (part === 'step'
      ? entry(last += 1, 'run.degraded', { component: 'x' })
      : entry(last += part, 'text.delta', { texts: Array.from({ length: part }, (_, piece) => String(last - part + piece + 1)) }))), entry(last + 1, 'run.ended')];
    const following = follow(after);
    for (const [index, each] of entries.entries()) {
      if (moments[index] === 'during a look') record.beforeLook = () => { record.append(each); record.beforeLook = () => {}; };
      else record.append(each);
      if (moments[index] === 'told') news.tell('run_1');
      if (moments[index] === 'waited' || moments[index] === 'during a look') jest.advanceTimersByTime(200);
      if (moments[index] !== 'nothing' || index % 2 === 0) await nextTurn();
      if (!record.log.includes(each)) { jest.advanceTimersByTime(200); await nextTurn(); }
    }
    for (let patience = 0; patience < 4; patience++) { jest.advanceTimersByTime(200); await nextTurn(); }
    expect(following.isOver).toBe(true);
    expect(numbers(following.seen)).toEqual(Array.from({ length: last + 1 }, (_, index) => index + 1).filter((seq) => seq > after));
    for (const { event, seq } of following.seen.filter((followed) => 'event' in followed)) if (event.type === 'text.delta') expect(event.text).toBe(String(seq));
    expectNothingLeft();
  }), { seed: 20_260_104, numRuns: 200 });
});

describe('who follows a run', () => {
  it('is told when there is no such run', async () => {
    record.run = undefined;
    await expect(follow().end).rejects.toMatchObject({ code: 'run_not_found', errorType: 'run_not_found' });
    await expect(feed.result('run_1', controller.signal)).rejects.toMatchObject({ code: 'run_not_found' });
  });

  it('is told when it was deleted meanwhile', async () => {
    const { end } = follow();
    const result = feed.result('run_1', controller.signal);
    await nextTurn();
    record.run = undefined;
    news.tell('run_1');
    await expect(end).rejects.toMatchObject({ code: 'run_not_found' });
    await expect(result).rejects.toMatchObject({ code: 'run_not_found' });
    expectNothingLeft();
  });

  it('can leave while nothing happens', async () => {
    const following = follow();
    await nextTurn();
    controller.abort();
    await following.end;
    expect(following.isOver).toBe(true);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('can leave in the middle, and nothing is kept for him', async () => {
    record.append(...LOG.slice(0, 3));
    for await (const { seq } of feed.follow('run_1', 0, controller.signal)) if (seq === 1_000_002) break;
    expectNothingLeft();
  });

  it('gets nothing when he left before', async () => {
    controller.abort();
    const { seen, end } = follow();
    await end;
    expect([seen, record.looks]).toEqual([[], 0]);
  });

  it('does not get in the way of another one', async () => {
    const [a, b] = [follow(), follow(1_000_004)];
    await nextTurn();
    record.append(...LOG);
    news.tell('run_1');
    await Promise.all([a.end, b.end]);
    expect([numbers(a.seen), numbers(b.seen)]).toEqual([ALL, ALL.filter((seq) => seq > 1_000_004)]);
  });
});

describe('the result of a run', () => {
  it('is its record when it has ended', async () => {
    record.run = ENDED;
    expect(await feed.result('run_1', controller.signal)).toEqual(ENDED);
    expectNothingLeft();
  });

  it.each(['told', 'looked'])('is waited for until somebody has %s', async (how) => {
    const result = feed.result('run_1', controller.signal);
    await nextTurn();
    record.append(...LOG);
    if (how === 'told') news.tell('run_1');
    else jest.advanceTimersByTime(200);
    expect(await result).toEqual(ENDED);
    expectNothingLeft();
  });

  it('is not waited for by somebody who left: he learns why', async () => {
    const gone = new Error('gone');
    const result = feed.result('run_1', controller.signal);
    await nextTurn();
    controller.abort(gone);
    await expect(result).rejects.toBe(gone);
    expect(jest.getTimerCount()).toBe(0);
  });
});
