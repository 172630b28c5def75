import { jest } from '@jest/globals';
import { rarely } from '../../../src/observability/rarely.js';

function telling(): { readonly tell: (message: string) => void; readonly told: unknown[] } {
  const told: unknown[] = [];
  return { tell: rarely((message, suppressed) => told.push([message, suppressed])), told };
}

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

it('tells the same news again only after ten seconds, with how often it was kept back', () => {
  const { tell, told } = telling();
  for (let time = 0; time < 3; time += 1) tell('away');
  jest.advanceTimersByTime(10_000);
  tell('away');
  expect(told).toEqual([['away', 0], ['away', 2]]);
});

it('is not misled by two messages that take turns, or that differ in a number', () => {
  const { tell, told } = telling();
  for (const message of ['away', 'gave up after 5.001s', 'away', 'gave up after 5.002s']) tell(message);
  expect(told).toEqual([['away', 0], ['gave up after 5.001s', 0]]);
});

it('remembers only so many messages', () => {
  const { tell, told } = telling();
  for (const letter of 'abcdefghijklmnopqrstua') tell(letter);
  expect(told).toHaveLength(22);
});
