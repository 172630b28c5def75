import { RunawayWatch } from '../../../src/agent/runaway-watch.js';
import type { ErrorType } from '../../../src/kernel/failure.js';
import type { ToolUseBlock } from '../../../src/kernel/transcript.js';
import type { ToolOutcome } from '../../../src/tools/toolbox.js';

let ids = 0;
const call = (input: unknown, name = 'calculator'): ToolUseBlock => ({ type: 'tool_use', id: `t${ids++}`, name, input });
const outcome = (content: string, errorType?: ErrorType): ToolOutcome => ({ toolUseId: `t${ids++}`, toolName: 'calculator', content, ...(errorType && { errorType }) });

type Round = readonly [calls: readonly ToolUseBlock[], outcomes: readonly ToolOutcome[]];
const round = (input: unknown, content: string, errorType?: ErrorType): Round => [[call(input)], [outcome(content, errorType)]];
/** What the watch says after each round. */
function told(...rounds: readonly Round[]): boolean[] {
  const watch = new RunawayWatch();
  return rounds.map(([calls, outcomes]) => watch.isStuck(calls, outcomes));
}

it('stops the third round of the same calls with the same results, whatever their ids', () => {
  expect(told(round('1+1', '2'), round('1+1', '2'), round('1+1', '2'), round('1+1', '2'))).toEqual([false, false, true, true]);
});

it.each<[string, Round]>([
  ['other arguments', round('1+2', '2')], ['another result', round('1+1', '3')], ['another tool', [[call('1+1', 'search')], [outcome('2')]]],
  ['one more call', [[call('1+1'), call('1+1')], [outcome('2'), outcome('2')]]],
])('takes %s for progress, and counts anew', (_what, other) => {
  expect(told(round('1+1', '2'), round('1+1', '2'), other, round('1+1', '2'), round('1+1', '2'), round('1+1', '2'))).toEqual([false, false, false, false, false, true]);
});

it.each(['not_found', 'validation'] as const)('stops the third round in which every call was refused with %s, however the calls differ', (errorType) => {
  expect(told(round('a', '1', errorType), round('b', '2', 'validation'), round('c', '3', errorType))).toEqual([false, false, true]);
});

it.each(['execution', 'timeout', 'circuit_open', 'permission', undefined] as const)('does not take %s for a refusal', (errorType) => {
  expect(told(round('a', '1', errorType), round('b', '2', errorType), round('c', '3', errorType))).toEqual([false, false, false]);
});

it('does not count a round in which one of several calls was accepted', () => {
  const mixed: Round = [[call('a'), call('b')], [outcome('1', 'validation'), outcome('2')]];
  expect(told(round('a', '1', 'validation'), round('b', '2', 'validation'), mixed, round('c', '3', 'validation'), round('d', '4', 'validation'), round('e', '5', 'validation')))
    .toEqual([false, false, false, false, false, true]);
});
