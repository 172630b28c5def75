import { roundsOf, stepsOn } from '../../../src/agent/rounds.js';
import type { RunEvent } from '../../../src/agent/run-event.js';
import type { StoredEvent } from '../../../src/store/run-record.js';
import { toolCallsOf } from '../../../src/kernel/transcript.js';
import { textReply, toolReply } from '../../support/fakes.js';

const reply = toolReply([['calculator', { expression: '1' }]]);
const [call] = toolCallsOf(reply.content);
const outcome = { toolUseId: 'toolu_0', toolName: 'calculator', content: '1' };
const started = { type: 'tool.started', call } as RunEvent;
const completed: RunEvent = { type: 'tool.completed', outcome };

function stored({ type, ...data }: RunEvent, seq: number): StoredEvent {
  return { seq, at: 1, type, data };
}

it('what was done is what the log says of replies, tools, and what had to be done without', () => {
  const steps: readonly RunEvent[] = [{ type: 'reply.received', reply }, started, completed, { type: 'run.degraded', component: 'calculator' }];
  const log = [{ type: 'run.started' } as RunEvent, ...steps, { type: 'run.handed_back' } as RunEvent, { type: 'run.resumed', attempt: 2 } as RunEvent].map(stored);
  const text: StoredEvent = { seq: 99, at: 1, type: 'text.delta', data: { texts: ['half a rep'] } };
  expect(stepsOn([...log, text])).toEqual(steps);
});

it('a run that has done nothing has no round', () => {
  expect(roundsOf([])).toEqual([]);
});

it('each reply is a round, with what became of its calls', () => {
  expect(roundsOf([{ type: 'reply.received', reply }, started, completed, { type: 'reply.received', reply: textReply('1.') }])).toEqual([
    { reply, started: new Set(['toolu_0']), completed: new Map([['toolu_0', outcome]]) },
    { reply: textReply('1.'), started: new Set(), completed: new Map() },
  ]);
});

it('a call that was begun by several attempts was begun', () => {
  expect(roundsOf([{ type: 'reply.received', reply }, started, started])).toEqual([{ reply, started: new Set(['toolu_0']), completed: new Map() }]);
});

it('what comes before the first reply belongs to none', () => {
  expect(roundsOf([started, completed])).toEqual([]);
});
