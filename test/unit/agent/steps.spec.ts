import { roundsOf } from '../../../src/agent/rounds.js';
import type { RunEvent } from '../../../src/agent/run-event.js';
import { Steps } from '../../../src/agent/steps.js';
import { toolCallsOf, type Reply, type ToolUseBlock } from '../../../src/kernel/transcript.js';
import { Toolbox, type Offer, type ToolEvents, type ToolOutcome } from '../../../src/tools/toolbox.js';
import { textReply, toolReply } from '../../support/fakes.js';

const { signal } = new AbortController();
const REPLY = toolReply([['send_mail', { to: 'a' }], ['calculator', { expression: '1' }], ['send_mail', { to: 'b' }]]);
const CALLS = toolCallsOf(REPLY.content);
const UNKNOWN = { errorType: 'interrupted', degraded: true, content: expect.stringMatching(/ended before it could say.*may have taken effect.*verify/is) };

/** One toolbox of which `send_mail` must not be repeated, and one list of everything that happens, in order. */
class Attempt extends Toolbox {
  readonly story: string[] = [];
  readonly emitted: RunEvent[] = [];
  readonly executed: string[] = [];
  readonly steps: Steps;
  mayBegin = () => void this.story.push('may begin?');

  constructor(recorded: readonly RunEvent[] = []) {
    super();
    this.steps = new Steps(roundsOf(recorded), {
      emit: (event) => { this.emitted.push(event); this.story.push(nameOf(event)); },
      save: async () => void this.story.push('save'),
      mayBegin: () => this.mayBegin(),
    });
  }

  reply(reply: Reply): Promise<Reply> {
    return this.steps.reply(async () => { this.story.push('ask'); return reply; });
  }

  outcomes(calls: readonly ToolUseBlock[] = CALLS): Promise<readonly ToolOutcome[]> {
    return this.steps.outcomes(calls, this, signal);
  }

  override offer(): Offer {
    return { tools: [], withdrawn: [] };
  }

  override mayRepeat({ name }: ToolUseBlock): boolean {
    return name !== 'send_mail';
  }

  override async execute(calls: readonly ToolUseBlock[], { onToolCompleted }: ToolEvents): Promise<readonly ToolOutcome[]> {
    return calls.map((call) => {
      this.story.push(`execute ${call.id}`);
      this.executed.push(call.id);
      const outcome = outcomeOf(call, 'now');
      onToolCompleted?.(outcome);
      return outcome;
    });
  }
}

function nameOf(event: RunEvent): string {
  if (event.type === 'tool.started') return `begun ${event.call.id}`;
  if (event.type === 'tool.completed') return `outcome ${event.outcome.toolUseId}`;
  return event.type;
}

function outcomeOf({ id, name }: ToolUseBlock, when: string): ToolOutcome {
  return { toolUseId: id, toolName: name, content: `${name} ${id} ${when}` };
}

const received = (reply: Reply): RunEvent => ({ type: 'reply.received', reply });
const begun = (call: ToolUseBlock | undefined): RunEvent => ({ type: 'tool.started', call: call as ToolUseBlock });
const completed = (call: ToolUseBlock | undefined): RunEvent => ({ type: 'tool.completed', outcome: outcomeOf(call as ToolUseBlock, 'before') });

describe('a first attempt', () => {
  it('does everything once, and has it safe before it goes on', async () => {
    const attempt = new Attempt();
    expect(await attempt.reply(REPLY)).toBe(REPLY);
    expect(await attempt.outcomes()).toEqual(CALLS.map((call) => outcomeOf(call, 'now')));
    expect(await attempt.reply(textReply('Done.'))).toEqual(textReply('Done.'));
    expect(attempt.story).toEqual([
      'may begin?', 'ask', 'reply.received',
      'begun toolu_0', 'begun toolu_1', 'begun toolu_2', 'save',
      'execute toolu_0', 'outcome toolu_0', 'execute toolu_1', 'outcome toolu_1', 'execute toolu_2', 'outcome toolu_2', 'save',
      'may begin?', 'ask', 'reply.received',
    ]);
  });

  it('does not begin a tool before it is safe that it begins', async () => {
    const attempt = new Attempt();
    const safe = Promise.withResolvers<void>();
    const steps = new Steps([], { emit: () => undefined, save: () => safe.promise, mayBegin: () => undefined });
    await steps.reply(async () => REPLY);
    const outcomes = steps.outcomes(CALLS, attempt, signal);
    await Promise.resolve();
    expect(attempt.executed).toEqual([]);
    safe.resolve();
    await outcomes;
    expect(attempt.executed).toHaveLength(3);
  });

  it('does not begin a tool whose beginning could not be made safe', async () => {
    const attempt = new Attempt();
    const lost = new Error('lease lost');
    const steps = new Steps([], { emit: () => undefined, save: () => Promise.reject(lost), mayBegin: () => undefined });
    await steps.reply(async () => REPLY);
    await expect(steps.outcomes(CALLS, attempt, signal)).rejects.toBe(lost);
    expect(attempt.executed).toEqual([]);
  });

  it('tells nobody an outcome that could not be made safe', async () => {
    const lost = new Error('lease lost');
    let saves = 0;
    const steps = new Steps([], { emit: () => undefined, save: async () => { if (++saves === 2) throw lost; }, mayBegin: () => undefined });
    await steps.reply(async () => REPLY);
    await expect(steps.outcomes(CALLS, new Attempt(), signal)).rejects.toBe(lost);
  });

  it('says nothing of a reply that did not come', async () => {
    const attempt = new Attempt();
    const down = new Error('model down');
    await expect(attempt.steps.reply(() => Promise.reject(down))).rejects.toBe(down);
    expect(attempt.emitted).toEqual([]);
  });
});

describe('a later attempt', () => {
  it('gets what is on record back without asking, doing or saying anything again', async () => {
    const attempt = new Attempt([received(REPLY), ...CALLS.map(begun), ...CALLS.map(completed), received(textReply('Done.'))]);
    expect(await attempt.reply(textReply('another one'))).toBe(REPLY);
    expect(await attempt.outcomes()).toEqual(CALLS.map((call) => outcomeOf(call, 'before')));
    expect(await attempt.reply(textReply('another one'))).toEqual(textReply('Done.'));
    expect([attempt.emitted, attempt.executed]).toEqual([[], []]);
    expect(attempt.story).not.toContain('may begin?');
  });

  it('asks for the first reply that is not on record', async () => {
    const attempt = new Attempt([received(REPLY), ...CALLS.map(begun), ...CALLS.map(completed)]);
    await attempt.reply(textReply('another one'));
    await attempt.outcomes();
    expect(await attempt.reply(textReply('Done.'))).toEqual(textReply('Done.'));
    expect(attempt.story.slice(-3)).toEqual(['may begin?', 'ask', 'reply.received']);
  });

  it('begins calls of which not even the beginning is on record, whatever they do', async () => {
    const attempt = new Attempt([received(REPLY)]);
    await attempt.reply(REPLY);
    expect(await attempt.outcomes()).toEqual(CALLS.map((call) => outcomeOf(call, 'now')));
  });

  it('repeats a call that was begun where a repetition does no harm, and says that it begins', async () => {
    const [, harmless] = CALLS;
    const attempt = new Attempt([received(REPLY), ...CALLS.map(begun), completed(CALLS[0]), completed(CALLS[2])]);
    await attempt.reply(REPLY);
    expect((await attempt.outcomes())[1]).toEqual(outcomeOf(harmless as ToolUseBlock, 'now'));
    expect(attempt.story).toEqual(['begun toolu_1', 'save', 'execute toolu_1', 'outcome toolu_1', 'save']);
  });

  it('does not repeat another one: the model reads that nobody knows how it ended, and so does the record', async () => {
    const attempt = new Attempt([received(REPLY), ...CALLS.map(begun), completed(CALLS[1]), completed(CALLS[2])]);
    await attempt.reply(REPLY);
    const [lost] = await attempt.outcomes();
    expect(lost).toEqual({ toolUseId: 'toolu_0', toolName: 'send_mail', ...UNKNOWN });
    expect(attempt.executed).toEqual([]);
    expect(attempt.emitted).toEqual([{ type: 'tool.completed', outcome: lost }]);
    expect(attempt.story.slice(0, 2)).toEqual(['outcome toolu_0', 'save']);
  });

  it('gives the outcomes in the order of the calls, whatever became of each', async () => {
    const reply = toolReply([['send_mail', 1], ['calculator', 2], ['send_mail', 3], ['calculator', 4], ['send_mail', 5]]);
    const calls = toolCallsOf(reply.content);
    const attempt = new Attempt([received(reply), ...calls.slice(0, 4).map(begun), completed(calls[3]), completed(calls[2])]);
    await attempt.reply(reply);
    expect(await attempt.outcomes(calls)).toEqual([
      { toolUseId: 'toolu_0', toolName: 'send_mail', ...UNKNOWN },
      outcomeOf(calls[1] as ToolUseBlock, 'now'),
      outcomeOf(calls[2] as ToolUseBlock, 'before'),
      outcomeOf(calls[3] as ToolUseBlock, 'before'),
      outcomeOf(calls[4] as ToolUseBlock, 'now'),
    ]);
    expect(attempt.executed).toEqual(['toolu_1', 'toolu_4']);
  });

  it('does not take an outcome of one reply for that of another one with the same ids', async () => {
    const attempt = new Attempt([received(REPLY), ...CALLS.map(begun), ...CALLS.map(completed), received(REPLY), begun(CALLS[0])]);
    await attempt.reply(REPLY);
    await attempt.outcomes();
    await attempt.reply(REPLY);
    expect((await attempt.outcomes()).map(({ content }) => content)).toEqual([UNKNOWN.content, 'calculator toolu_1 now', 'send_mail toolu_2 now']);
  });
});

describe('an id that a model used twice in one reply', () => {
  const [first] = CALLS as [ToolUseBlock];
  const twice: readonly ToolUseBlock[] = [first, { ...first, name: 'calculator' }];
  const reply: Reply = { ...REPLY, content: twice };

  it('stands for two calls in a first attempt', async () => {
    const attempt = new Attempt();
    await attempt.reply(reply);
    expect(await attempt.outcomes(twice)).toEqual(twice.map((call) => outcomeOf(call, 'now')));
  });

  it('is never a reason to do anything twice in a later one', async () => {
    const attempt = new Attempt([received(reply), ...twice.map(begun), completed(first)]);
    await attempt.reply(reply);
    expect(await attempt.outcomes(twice)).toHaveLength(2);
    expect(attempt.executed).toEqual([]);
  });
});

describe('a process that is to begin no new step', () => {
  const over = new Error('handed back');

  it('does not ask the model any more', async () => {
    const attempt = new Attempt();
    attempt.mayBegin = () => { throw over; };
    await expect(attempt.reply(REPLY)).rejects.toBe(over);
    expect([attempt.story, attempt.emitted]).toEqual([[], []]);
  });

  it('goes through what is on record, and stops where a new step would begin', async () => {
    const attempt = new Attempt([received(REPLY), ...CALLS.map(begun), ...CALLS.map(completed)]);
    attempt.mayBegin = () => { throw over; };
    expect(await attempt.reply(textReply('never'))).toBe(REPLY);
    await attempt.outcomes();
    await expect(attempt.reply(textReply('never'))).rejects.toBe(over);
    expect(attempt.emitted).toEqual([]);
  });

  it('brings the tools of a reply that it has to their end', async () => {
    const attempt = new Attempt();
    await attempt.reply(REPLY);
    attempt.mayBegin = () => { throw over; };
    expect(await attempt.outcomes()).toHaveLength(3);
  });
});
