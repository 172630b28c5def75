import { context, createContextKey, ROOT_CONTEXT } from '@opentelemetry/api';
import type { Observation, Observer, Pillar } from '../../src/kernel/observer.js';

/** Makes the observer under test: the pillars from the outside to the inside, and who is told of one that breaks. */
export type ObserverMaker = (pillars: readonly Pillar[], onPillarFailure: (error: unknown) => void) => Observer;

/** Resolves when the property holds of an observer. @throws whatever shows that it does not */
export type ObserverProperty = (make: ObserverMaker) => Promise<void>;

const CALL = { tool_name: 'calculator', tool_use_id: 'toolu_1', tool_input: {} };
const SPAN = createContextKey('the span of a test');

/** What each promise of the observer means, as something that can fail. */
export const OBSERVER_PROPERTIES = {
  'the work runs once, and its result comes back': async (make) => {
    let ran = 0;
    const result = await make([quiet()], rethrow).observe('tool.call', CALL, async () => ++ran);
    expectSame([result, ran], [1, 1]);
  },

  'what is thrown comes back unchanged': async (make) => {
    for (const thrown of [new Error('x'), null, undefined, 'text', 7]) {
      let caught: unknown = 'nothing was thrown';
      await make([quiet()], rethrow).observe('tool.call', CALL, async () => { throw thrown; }).catch((error: unknown) => { caught = error; });
      if (caught !== thrown) throw new Error(`threw ${String(thrown)}, caught ${String(caught)}`);
    }
  },

  'the work runs inside the context of the pillar that has one, also after an await': async (make) => {
    const inside: unknown[] = [];
    await make([tracing(), quiet()], rethrow).observe('tool.call', CALL, async () => {
      inside.push(context.active().getValue(SPAN));
      await Promise.resolve();
      inside.push(context.active().getValue(SPAN));
    });
    expectSame([...inside, context.active().getValue(SPAN)], ['open', 'open', undefined]);
  },

  'a pillar that is further in begins and ends inside that context, so that its lines carry the span': async (make) => {
    const seen: unknown[] = [];
    const look = (): void => { seen.push(context.active().getValue(SPAN)); };
    await make([tracing(), { begin: () => { look(); return { end: look }; }, note: noop }], rethrow).observe('tool.call', CALL, async () => undefined);
    expectSame(seen, ['open', 'open']);
  },

  'every pillar sees the end once, from the inside out, of good work and bad': async (make) => {
    for (const work of [async () => undefined, async () => { throw new Error('x'); }]) {
      const seen: string[] = [];
      await make([recording('outer', seen), recording('inner', seen)], rethrow).observe('tool.call', CALL, work).catch(noop);
      expectSame(seen, ['begin outer', 'begin inner', 'end inner', 'end outer']);
    }
  },

  'every pillar is told the same outcome and the same duration, measured before the first of them ends': async (make) => {
    const seen: [string, string | undefined, number][] = [];
    const pillar: Pillar = { begin: () => ({ end: ({ outcome, errorType, durationSeconds }: Observation) => { seen.push([outcome, errorType, durationSeconds]); } }), note: noop };
    await make([pillar, pillar], rethrow).observe('tool.call', CALL, async () => {
      await new Promise((resolve) => setTimeout(resolve, 2));
      throw Object.assign(new Error('x'), { errorType: 'timeout' });
    }).catch(noop);
    const [first, second] = seen;
    expectSame([seen.length, first?.[0], first?.[1]], [2, 'error', 'timeout']);
    expectSame(first, second);
    if (!((first?.[2] ?? 0) > 0)) throw new Error('the duration was not measured');
  },

  'a pillar that breaks when something begins is reported, and changes nothing': (make) => broken(make, { begin: fail, note: noop }),
  'a pillar that breaks when something ends is reported, and changes nothing': (make) => broken(make, { begin: () => ({ end: fail }), note: noop }),

  'a pillar that breaks at a fact is reported, and the others are told of the fact': async (make) => {
    const told: string[] = [];
    const reported: unknown[] = [];
    make([{ begin: () => ({ end: noop }), note: fail }, { begin: () => ({ end: noop }), note: (fact) => { told.push(fact); } }], (error) => reported.push(error))
      .note('breaker.failed', { name: 'x' });
    expectSame([told, reported.length], [['breaker.failed'], 1]);
  },
} as const satisfies Readonly<Record<string, ObserverProperty>>;
export type PropertyName = keyof typeof OBSERVER_PROPERTIES;

async function broken(make: ObserverMaker, pillar: Pillar): Promise<void> {
  const seen: string[] = [];
  const reported: unknown[] = [];
  const observer = make([recording('outer', seen), pillar, recording('inner', seen)], (error) => reported.push(error));
  const result = await observer.observe('tool.call', CALL, async () => 'done');
  expectSame([result, seen, reported.length], ['done', ['begin outer', 'begin inner', 'end inner', 'end outer'], 1]);
}

/** Opens a context, as the tracing pillar does with its span. */
function tracing(): Pillar {
  return { begin: () => ({ within: (work) => context.with(ROOT_CONTEXT.setValue(SPAN, 'open'), work), end: noop }), note: noop };
}

function recording(name: string, seen: string[]): Pillar {
  return { begin: () => { seen.push(`begin ${name}`); return { end: () => { seen.push(`end ${name}`); } }; }, note: noop };
}

function quiet(): Pillar {
  return { begin: () => ({ end: noop }), note: noop };
}

function fail(): never {
  throw new Error('the pillar broke');
}

function rethrow(error: unknown): never {
  throw error;
}

function noop(): undefined {
  return undefined;
}

function expectSame(actual: unknown, wanted: unknown): void {
  const [is, should] = [actual, wanted].map((value) => JSON.stringify(value, (_key, entry: unknown) => (entry === undefined ? 'undefined' : entry)));
  if (is !== should) throw new Error(`${is} instead of ${should}`);
}
