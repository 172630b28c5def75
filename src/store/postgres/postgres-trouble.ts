import type { Trouble } from '../sql/engine.js';

/** The connection is gone; what was being done may be done again on another one. */
const LOST = /^(?:08...|57P0[123]|40001|40P01|25P03|ECONNRESET|EPIPE)$/;
/** Class 53: out of connections, memory or disk; 57014: took too long; 28 and 3D: not to be entered, which may be put right over there. */
const UNREACHABLE = /^(?:53...|57014|55P03|58...|28...|3D000|25006|ECONNREFUSED|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|ENOTFOUND|EAI_AGAIN|ECONNABORTED|ENOENT|EACCES)$/;
/** The driver's own errors have no code. */
const LOST_WORDS = /^(?:Connection terminated(?: unexpectedly)?|Client has encountered a connection error and is not queryable|Client was closed and is not queryable)$/;
const UNREACHABLE_WORDS = /timeout|timed out|SSL|Connection terminated due to|Cannot use a pool after/i;

export function troubleOf(error: unknown): Trouble {
  const { code, message } = Object(error) as { code?: unknown; message?: unknown };
  if (code === '23505') return 'unique';
  if (code === '23503') return 'reference';
  if (code === 'XX001' || code === 'XX002') return 'corrupt';
  const words = typeof code === 'string' ? code : String(message);
  if (LOST.test(words) || LOST_WORDS.test(words)) return 'lost';
  if (UNREACHABLE.test(words) || (typeof code !== 'string' && UNREACHABLE_WORDS.test(words))) return 'unreachable';
  return 'other';
}
