import { DatabaseSync } from 'node:sqlite';
import { cursorOf, positionOf } from '../../../src/store/sql/cursor.js';
import { GrowingNumber } from '../../../src/store/sql/growing-number.js';
import { oneStep } from '../../../src/store/sql/log-pruning.js';
import { bytesOf } from '../../../src/store/sql/run-rows.js';
import { StatementCache } from '../../../src/store/sqlite/statement-cache.js';

it('finds the place that a cursor was made for', () => {
  for (const position of [{ createdAt: 0, id: '' }, { createdAt: 1_700_000_000_000, id: 'ü "\\ 👩' }]) expect(positionOf(cursorOf(position))).toEqual(position);
});

it('never numbers two things alike', () => {
  const numbers = new GrowingNumber();
  const made = Array.from({ length: 10_000 }, () => numbers.next());
  expect(new Set(made).size).toBe(10_000);
  expect(made).toEqual(made.toSorted((a, b) => a - b));
  expect(Math.abs((made[0] ?? 0) / 1_000 - Date.now())).toBeLessThan(60_000);
  expect(Number.isSafeInteger(made.at(-1))).toBe(true);
});

it('deletes a mebibyte at once at most, and one row at least', () => {
  const rows = (...bytes: number[]) => bytes.map((size) => ({ bytes: size }));
  expect(oneStep(rows(5_000_000, 1))).toHaveLength(1);
  expect(oneStep(rows(500_000, 500_000, 500_000))).toHaveLength(2);
  expect(oneStep(rows(1, 2, 3))).toHaveLength(3);
  expect(oneStep([])).toEqual([]);
});

it('counts bytes, not characters, and something for each row', () => {
  expect(bytesOf(['ab', 'ü'])).toBe(2 + 2 + 2 * 64);
  expect(bytesOf([])).toBe(0);
});

it('compiles a statement once, and does not keep them without end', () => {
  const cache = new StatementCache(new DatabaseSync(':memory:'));
  const first = cache.prepare('select ? as a');
  expect(cache.prepare('select ? as a')).toBe(first);
  expect([first.reader, first.all(['b'])]).toEqual([true, [expect.objectContaining({ a: 'b' })]]);
  for (let at = 0; at < 250; at++) cache.prepare(`select ${at}`);
  expect(cache.prepare('select ? as a')).not.toBe(first);
  expect(cache.prepare('create table t (a)').reader).toBe(false);
  expect([...first.iterate(['c'])]).toHaveLength(1);
  cache.close();
});
