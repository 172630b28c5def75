import { LoadShedder, type Load } from '../../../src/resilience/load-shedder.js';

const never = new AbortController().signal;
const CALM: Load = { lagMilliseconds: 5, heapRatio: 0.3 };

function bench(limits: Load = { lagMilliseconds: 200, heapRatio: 0.9 }) {
  const events: unknown[] = [];
  const shedder = new LoadShedder(limits, {
    changed: (cause, load) => events.push({ cause, ...load }),
    shed: (cause) => events.push(`shed for ${cause}`),
  });
  return { shedder, events, call: () => shedder.execute(async () => 'fine', never) };
}

describe('a process with little to do', () => {
  it('takes work on before it was ever looked at, and when it is calm', async () => {
    const { shedder, events, call } = bench();
    await expect(call()).resolves.toBe('fine');
    shedder.look(CALM);
    await expect(shedder.execute(async (signal, responded) => { responded(); return signal; }, never)).resolves.toBe(never);
    expect(events).toEqual([]);
  });

  it('takes work on at exactly its limits', async () => {
    const { shedder, call } = bench();
    shedder.look({ lagMilliseconds: 200, heapRatio: 0.9 });
    await expect(call()).resolves.toBe('fine');
  });
});

describe('a process with too much to do', () => {
  it.each([
    ['event_loop', { lagMilliseconds: 200.1, heapRatio: 0.3 }], ['heap', { lagMilliseconds: 5, heapRatio: 0.901 }],
    ['event_loop', { lagMilliseconds: 900, heapRatio: 0.99 }],
  ])('refuses work at once for %s, without beginning it, until it is calm again', async (cause, load) => {
    const { shedder, events, call } = bench();
    shedder.look(load);
    let begun = false;
    await expect(shedder.execute(async () => { begun = true; }, never)).rejects.toMatchObject({ code: 'overloaded', errorType: 'load_shed', retryable: true });
    expect(begun).toBe(false);
    shedder.look(CALM);
    await expect(call()).resolves.toBe('fine');
    expect(events).toEqual([{ cause, ...load }, `shed for ${cause}`, { cause: undefined, ...CALM }]);
  });

  it('tells of each change once, however often it is looked at', () => {
    const { shedder, events } = bench();
    const [late, full] = [{ lagMilliseconds: 500, heapRatio: 0.3 }, { lagMilliseconds: 5, heapRatio: 0.95 }];
    for (const load of [CALM, late, late, late, full, full, CALM, CALM]) shedder.look(load);
    expect(events).toEqual([{ cause: 'event_loop', ...late }, { cause: 'heap', ...full }, { cause: undefined, ...CALM }]);
  });

  it('finishes what it has begun', async () => {
    const { shedder } = bench();
    const work = Promise.withResolvers<string>();
    const begun = shedder.execute(() => work.promise, never);
    shedder.look({ lagMilliseconds: 900, heapRatio: 0.3 });
    work.resolve('done');
    await expect(begun).resolves.toBe('done');
  });

  it('sends clients back in 1 to 3 seconds, not all in the same one', async () => {
    const { shedder, call } = bench();
    shedder.look({ lagMilliseconds: 900, heapRatio: 0.3 });
    const waits = new Set<unknown>();
    for (let client = 0; client < 200; client++) await call().catch(({ retryAfterSeconds }: { retryAfterSeconds: number }) => waits.add(retryAfterSeconds));
    expect([...waits].sort()).toEqual([1, 2, 3]);
  });
});

describe('a limit of 0', () => {
  it.each([
    [{ lagMilliseconds: 0, heapRatio: 0.9 }, { lagMilliseconds: 60_000, heapRatio: 0.3 }],
    [{ lagMilliseconds: 200, heapRatio: 0 }, { lagMilliseconds: 5, heapRatio: 1 }],
  ])('is none: %p', async (limits, load) => {
    const { shedder, call } = bench(limits);
    shedder.look(load);
    await expect(call()).resolves.toBe('fine');
  });
});
