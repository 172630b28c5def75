import { retryAfter, shouldRetry } from '../../../src/llm/upstream-hints.js';

const NOW = Date.UTC(2026, 0, 1, 12, 0, 0);
const headers = (values: Record<string, string>) => ({ get: (name: string) => values[name] ?? null });
const wait = (values: Record<string, string>) => retryAfter(headers(values), NOW);

it.each([
  ['7', 7], ['0.2', 1], ['7.01', 8], ['60', 60], ['61', 60], ['2147483', 60], ['2147484', undefined], ['1e12', undefined], ['Infinity', undefined], ['0', undefined], ['-1', undefined],
  ['', undefined], ['  ', undefined], ['NaN', undefined], ['soon', undefined], ['Soon', undefined], ['7 seconds', undefined], ['7, 8', undefined], [' 7 ', 7],
  ['Thu, 01 Jan 2026 12:00:09 GMT', 9], ['Thu, 01 Jan 2026 13:00:00 GMT', 60], ['Thu, 01 Jan 2026 12:00:00 GMT', undefined], ['Thu, 01 Jan 2026 11:00:00 GMT', undefined],
  ['Fri, 01 Jan 2100 00:00:00 GMT', undefined], ['2026-01-01T12:00:09Z', undefined],
])('reads a retry-after of "%s" as %s seconds', (value, seconds) => {
  expect(wait({ 'retry-after': value })).toBe(seconds);
});

it.each([['1', 1], ['1500', 2], ['60000', 60], ['60001', 60], ['2147483000', 60], ['2147483001', undefined]])('reads a retry-after-ms of "%s" as %s whole seconds', (value, seconds) => {
  expect(wait({ 'retry-after-ms': value })).toBe(seconds);
});

it('prefers milliseconds when both are given', () => {
  expect(wait({ 'retry-after-ms': '3000', 'retry-after': '9' })).toBe(3);
});

it.each(['', '0', '-5', 'soon', 'NaN'])('does without milliseconds of "%s"', (value) => {
  expect(wait({ 'retry-after-ms': value, 'retry-after': '9' })).toBe(9);
});

it('knows nothing without headers', () => {
  expect([retryAfter(undefined, NOW), retryAfter({}, NOW), wait({}), shouldRetry(undefined), shouldRetry({})]).toEqual([undefined, undefined, undefined, undefined, undefined]);
});

it.each([['true', true], ['false', false], ['', undefined], ['TRUE', undefined], ['1', undefined]])('reads an x-should-retry of "%s" as %s', (value, word) => {
  expect(shouldRetry(headers({ 'x-should-retry': value }))).toBe(word);
});
