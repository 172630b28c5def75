import { ParallelToolbox } from '../../../src/tools/parallel-toolbox.js';
import { callTo, setUp } from './inline-tools.js';

const { signal } = new AbortController();
/** An opening lasts a minute, and up to a tenth more. */
const OPENING_MILLISECONDS = 67_000;

function toolbox(criticality: 'optional' | 'critical') {
  const work = { calls: 0, fails: true };
  const { registry, breakers, caller, clock } = setUp({
    search: async () => {
      work.calls += 1;
      if (work.fails) throw new Error('down');
      return 'found';
    },
    other: async () => 'fine',
  }, criticality);
  const box = new ParallelToolbox(registry, breakers, caller);
  const call = async () => (await box.execute([callTo('search')], { signal }))[0];
  const offered = () => ({ tools: box.offer().tools.map(({ name }) => name), withdrawn: box.offer().withdrawn });
  const fail = async (times: number) => { for (let time = 0; time < times; time++) await call(); };
  return { work, clock, call, offered, fail };
}

const ALL = { tools: ['search', 'other'], withdrawn: [] };
const WITHOUT = { tools: ['other'], withdrawn: ['search'] };

describe('an optional tool that keeps failing', () => {
  it('is withdrawn with its fifth failure and not before, and no other tool with it', async () => {
    const { offered, fail } = toolbox('optional');
    await fail(4);
    expect(offered()).toEqual(ALL);
    await fail(1);
    expect(offered()).toEqual(WITHOUT);
  });

  it('is refused at once when the model calls it all the same', async () => {
    const { work, call, fail } = toolbox('optional');
    await fail(5);
    expect(await call()).toMatchObject({ errorType: 'circuit_open', degraded: true, content: expect.stringMatching(/"search" failed.*not available right now/) });
    expect(work.calls).toBe(5);
  });

  it('is offered again, to be tried, when the opening is over', async () => {
    const { clock, offered, fail } = toolbox('optional');
    await fail(5);
    clock.advance(OPENING_MILLISECONDS);
    expect(offered()).toEqual(ALL);
  });

  it('stays when it works again', async () => {
    const { work, clock, call, offered, fail } = toolbox('optional');
    await fail(5);
    work.fails = false;
    clock.advance(OPENING_MILLISECONDS);
    for (let time = 1; time <= 3; time++) expect(await call()).toMatchObject({ content: 'found' });
    work.fails = true;
    await fail(4); // it has five tries again
    expect(offered()).toEqual(ALL);
  });

  it('is withdrawn for twice as long when it fails its trial', async () => {
    const { clock, offered, fail } = toolbox('optional');
    await fail(5);
    clock.advance(OPENING_MILLISECONDS);
    await fail(1);
    clock.advance(OPENING_MILLISECONDS);
    expect(offered()).toEqual(WITHOUT);
    clock.advance(OPENING_MILLISECONDS);
    expect(offered()).toEqual(ALL);
  });
});

it('a critical tool is never withdrawn: the user asked for it, and must hear that it failed', async () => {
  const { work, call, offered, fail } = toolbox('critical');
  await fail(20);
  expect(offered()).toEqual(ALL);
  expect(await call()).toMatchObject({ errorType: 'execution', degraded: true });
  expect(work.calls).toBe(21);
});
