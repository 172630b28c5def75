import type { Trouble } from '../sql/engine.js';

/** Primary result codes of SQLite (https://sqlite.org/rescode.html): the low byte of what node:sqlite calls `errcode`. */
const NAMES: Readonly<Record<number, string>> = {
  5: 'SQLITE_BUSY', 6: 'SQLITE_LOCKED', 8: 'SQLITE_READONLY', 10: 'SQLITE_IOERR', 11: 'SQLITE_CORRUPT', 13: 'SQLITE_FULL', 14: 'SQLITE_CANTOPEN',
  19: 'SQLITE_CONSTRAINT', 26: 'SQLITE_NOTADB',
};
const FOREIGN_KEY = 787;
const [PRIMARY_KEY, UNIQUE] = [1555, 2067];

/** A short name for what went wrong, without paths. */
export function codeOf(error: unknown): string {
  const { errcode, code } = Object(error) as { errcode?: unknown; code?: unknown };
  if (typeof errcode === 'number') return NAMES[errcode & 0xff] ?? `SQLITE_${errcode}`;
  return typeof code === 'string' ? code : 'unknown';
}

export function troubleOf(error: unknown): Trouble {
  const { errcode } = Object(error) as { errcode?: unknown };
  if (errcode === FOREIGN_KEY) return 'reference';
  if (errcode === PRIMARY_KEY || errcode === UNIQUE) return 'unique';
  switch (codeOf(error)) {
    case 'SQLITE_CORRUPT':
    case 'SQLITE_NOTADB': return 'corrupt';
    // A full or failing disk: space may be made.
    case 'SQLITE_BUSY':
    case 'SQLITE_READONLY':
    case 'SQLITE_IOERR':
    case 'SQLITE_FULL': return 'unreachable';
    default: return 'other';
  }
}
