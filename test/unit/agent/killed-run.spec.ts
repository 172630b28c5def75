import { jest } from '@jest/globals';
import { AgentLoop, type Ending } from '../../../src/agent/agent-loop.js';
import { eventsOf } from '../../../src/agent/run-feed.js';
import { RunLog } from '../../../src/agent/run-log.js';
import { roundsOf, stepsOn } from '../../../src/agent/rounds.js';
import { Steps } from '../../../src/agent/steps.js';
import { Failure } from '../../../src/kernel/failure.js';
import type { Reply, ToolUseBlock } from '../../../src/kernel/transcript.js';
import { ChatModel, type CallOptions, type ChatRequest } from '../../../src/llm/chat-model.js';
import type { StoredEvent } from '../../../src/store/run-record.js';
import { Toolbox, type Offer, type ToolEvents, type ToolOutcome } from '../../../src/tools/toolbox.js';
import { IDENTITY, textReply } from '../../support/fakes.js';

// A run of three rounds with tools and an answer. The process that carries it out is killed wherever it could be, any number of times;
// what is left for the next one is what the store has committed.

beforeEach(() => { jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] }); });
afterEach(() => { jest.useRealTimers(); });

const QUESTION = 'Tell all of them.';
const { signal } = new AbortController();

/** What each round calls. `mail` must not be repeated, `look` may be. */
const ROUNDS: readonly (readonly ('mail' | 'look')[])[] = [['mail', 'look'], ['look'], ['look', 'mail', 'mail']];

/** Ids are the model's own: another reply to the same question has others. */
function replyOf(round: number, asking: number): Reply {
  const calls = ROUNDS[round];
  if (!calls) return textReply('All know.');
  const blocks = calls.map((name, index): ToolUseBlock => ({ type: 'tool_use', id: `toolu_${round}_${index}_${asking}`, name, input: { round } }));
  return { ...textReply('I see. ', 'tool_use'), content: [...textReply('I see. ').content, ...blocks] };
}

/** What a process does not survive: what is left, and what was done outside of it. */
class World {
  readonly log: StoredEvent[] = [];
  /** Of each round, how often the model was asked for its reply. */
  readonly asked: number[] = [];
  /** How often it was asked for a reply that was on record. */
  askedAgain = 0;
  readonly executed: string[] = [];
  holders = 0;
  /** Points at which a process can be killed that it has passed. */
  points = 0;

  /** Resolves with how the run ended, or that its process was killed at point number `lastPoint`. The store is away after `mostSaves`. */
  live(lastPoint: number, mostSaves = Infinity): Promise<Ending | 'killed' | Failure> {
    const death = Promise.withResolvers<'killed'>();
    this.points = 0;
    let isDead = false;
    const point = async () => {
      if (isDead || this.points++ === lastPoint) {
        isDead = true;
        death.resolve('killed');
        await new Promise(() => undefined);
      }
    };
    return Promise.race([death.promise, this.carryOut(point, mostSaves)]);
  }

  private async carryOut(point: () => Promise<void>, mostSaves: number): Promise<Ending | Failure> {
    let saves = 0;
    const append = async (events: readonly StoredEvent[]) => {
      await point();
      if (++saves > mostSaves) throw AWAY;
      this.log.push(...structuredClone(events));
      await point();
      return { cancelRequested: false };
    };
    const recorded = stepsOn(this.log);
    const known = roundsOf(recorded).length;
    const log = new RunLog({ append: (_lease, events) => append(events) }, { runId: 'run_1', fence: ++this.holders }, { onSaved: nothing, onCancelRequested: nothing, onFailed: nothing });
    log.add(log.isFirst ? { type: 'run.started' } : { type: 'run.resumed', attempt: this.holders });
    const steps = new Steps(roundsOf(recorded), { emit: (event) => log.add(event), save: () => log.save(), mayBegin: nothing });
    const loop = new AgentLoop(new OutsideModel(this, point, known), new OutsideToolbox(this, point));
    try {
      const ending = await loop.run([], QUESTION, { system: 's', maxIterations: 9, signal, mayRestart: true, emit: (event) => log.add(event), steps });
      await append(await log.rest({ type: 'run.ended' }));
      return ending;
    } catch (error) {
      if (error instanceof Failure) return error;
      throw error;
    }
  }
}

const AWAY = new Failure('store_unavailable', { errorType: 'store_unavailable', publicMessage: 'away' });

function nothing(): void {}

class OutsideModel extends ChatModel {
  override readonly identity = IDENTITY;

  constructor(private readonly world: World, private readonly point: () => Promise<void>, private readonly known: number) {
    super();
  }

  override async complete({ messages }: ChatRequest, { onText }: CallOptions): Promise<Reply> {
    await this.point();
    const round = messages.filter(({ role }) => role === 'assistant').length;
    if (round < this.known) this.world.askedAgain += 1;
    const asking = this.world.asked[round] = (this.world.asked[round] ?? 0) + 1;
    onText?.('I see. ');
    await this.point();
    return replyOf(round, asking);
  }
}

/** Does the calls of a round side by side. The effect of a call is between two points. */
class OutsideToolbox extends Toolbox {
  constructor(private readonly world: World, private readonly point: () => Promise<void>) {
    super();
  }

  override offer(): Offer {
    return { tools: [], withdrawn: [] };
  }

  override mayRepeat({ name }: ToolUseBlock): boolean {
    return name === 'look';
  }

  override execute(calls: readonly ToolUseBlock[], { onToolCompleted }: ToolEvents): Promise<readonly ToolOutcome[]> {
    return Promise.all(calls.map(async ({ id, name }) => {
      await this.point();
      this.world.executed.push(id);
      await this.point();
      const outcome: ToolOutcome = { toolUseId: id, toolName: name, content: `${name} did ${id.slice(0, 9)}` };
      onToolCompleted?.(outcome);
      return outcome;
    }));
  }
}

const isUnknown = (content: string) => content.includes('It may have taken effect');

/** The turns without the numbers that say how often a reply was asked for. */
function withoutAskings(turns: unknown): string {
  return JSON.stringify(turns).replaceAll(/(toolu_\d_\d)_\d+/g, '$1');
}

/** Checks all that is promised of a run that was killed. Resolves with how often a call was left unknown. */
function expectPromisesKept(world: World, ending: Ending | 'killed' | Failure, undisturbed: Ending): number {
  if (ending === 'killed' || ending instanceof Failure) throw new Error('the run did not come to its end', { cause: ending });
  expect(world.askedAgain).toBe(0);
  const executions = Map.groupBy(world.executed, (id) => id);
  const results = ending.turns.flatMap(({ role, content }) => (role === 'user' && typeof content !== 'string' ? content : [])).filter((block) => block.type === 'tool_result');
  const started = new Set(stepsOn(world.log).flatMap((event) => (event.type === 'tool.started' ? [event.call.id] : [])));
  for (const { tool_use_id: id, content } of results) {
    const times = executions.get(id)?.length ?? 0;
    expect(started).toContain(id);
    if (isUnknown(content)) expect(id).toMatch(/toolu_(0_0|2_1|2_2)/); // only mail
    if (/toolu_(0_0|2_1|2_2)/.test(id)) expect(times).toBeLessThanOrEqual(1);
    if (!isUnknown(content)) expect(times).toBeGreaterThanOrEqual(1);
  }
  for (const id of world.executed) expect(started).toContain(id); // nothing was done of which there is no trace
  const expected = new Map(Array.from(
    JSON.stringify(undisturbed.turns).matchAll(/"tool_use_id":"(toolu_\d_\d)_\d+","content":"([^"]*)"/g), ([, id = '', content]) => [id, content],
  ));
  const known = ending.turns.map((turn) => (turn.role === 'user' && typeof turn.content !== 'string' ? {
    ...turn,
    content: turn.content.map((block) => {
      if (block.type !== 'tool_result' || !isUnknown(block.content)) return block;
      expect(block.is_error).toBe(true);
      return { type: 'tool_result', tool_use_id: block.tool_use_id, content: expected.get(block.tool_use_id.slice(0, 9)) };
    }),
  } : turn));
  expect(withoutAskings(known)).toBe(withoutAskings(undisturbed.turns));
  const numbers = world.log.flatMap(eventsOf).map(({ seq }) => seq);
  expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
  return results.filter(({ content }) => isUnknown(content)).length;
}

async function undisturbedRun(): Promise<{ readonly world: World; readonly ending: Ending }> {
  const world = new World();
  return { world, ending: await world.live(Infinity) as Ending };
}

it('an undisturbed run asks once for each reply and does everything once', async () => {
  const { world, ending } = await undisturbedRun();
  expect(world.asked).toEqual([1, 1, 1, 1]);
  expect(world.executed).toHaveLength(ROUNDS.flat().length);
  expect(ending.turns).toHaveLength(8);
  expect(expectPromisesKept(world, ending, ending)).toBe(0);
});

it('a run that is killed at any point goes on, and nothing on record is paid for or done twice', async () => {
  const { world: { points }, ending: undisturbed } = await undisturbedRun();
  expect(points).toBeGreaterThan(30);
  let unknown = 0;
  for (let point = 0; point < points; point++) {
    const world = new World();
    expect(await world.live(point)).toBe('killed');
    unknown += expectPromisesKept(world, await world.live(Infinity), undisturbed);
  }
  expect(unknown).toBeGreaterThan(3);
});

it('so does one whose second process is killed as well, at any point', async () => {
  const { world: { points }, ending: undisturbed } = await undisturbedRun();
  for (let first = 0; first < points; first++) {
    for (let second = 0; ; second++) {
      const world = new World();
      await world.live(first);
      const early = await world.live(second);
      expectPromisesKept(world, early === 'killed' ? await world.live(Infinity) : early, undisturbed);
      if (early !== 'killed') break;
    }
  }
}, 120_000); // thousands of runs

it('a run whose store goes away after any save goes on from that save', async () => {
  const { ending: undisturbed } = await undisturbedRun();
  for (let saves = 0; ; saves++) {
    const world = new World();
    const early = await world.live(Infinity, saves);
    expectPromisesKept(world, early === AWAY ? await world.live(Infinity) : early, undisturbed);
    if (early !== AWAY) {
      expect(saves).toBeGreaterThan(6);
      break;
    }
  }
});

it('a reply whose tools have begun is never asked for again', async () => {
  const { world: { points } } = await undisturbedRun();
  for (let point = 0; point < points; point++) {
    const world = new World();
    await world.live(point);
    const begun = new Set(stepsOn(world.log).flatMap((event) => (event.type === 'tool.started' ? [Number(event.call.id.split('_')[1])] : [])));
    await world.live(Infinity);
    for (const round of begun) expect(world.asked[round]).toBe(1);
  }
});
