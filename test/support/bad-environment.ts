import { ENVIRONMENT } from '../../src/settings/environment.schema.js';

/** Part of each value that can be told from what is allowed: where it shows, a value was printed. */
export const CANARY = 'canary';

const NOT_NUMBERS = ['NaN', '-1', '1e999', '-1e999', 'Infinity', '1e300', 'abc', '1,5', '12 34', '--1', 'null', CANARY];
const NOT_FLAGS = ['NaN', '-1', '2', 'maybe', 'null', CANARY];
const NOT_URLS = ['NaN', '-1', 'abc', 'ftp://127.0.0.1', 'file:///etc/passwd', 'http://', 'http:// x', '//host', 'javascript:alert(1)', `${CANARY}://x`];
const NOT_CHOICES = ['NaN', '-1', 'abc', 'constructor', '__proto__', 'null', CANARY];
const NOT_NAMES = ['two words', 'a\u0007b', 'ü', 'a\nb', 'x'.repeat(1_001), `${CANARY} ${CANARY}`];
const NOT_PATHS = ['x'.repeat(4_097), CANARY.repeat(1_000)];
const NOT_PROMPTS = ['x'.repeat(100_001), CANARY.repeat(20_000)];

/** Texts that nearly anything may be in, so that only their length can be wrong. */
const FREE: Readonly<Record<string, readonly string[]>> = { DATA_DIR: NOT_PATHS, NOTES_DIR: NOT_PATHS, SYSTEM_PROMPT: NOT_PROMPTS };

/** Malformed, negative, endless and absurd values of one variable, by what its schema takes; the last one shows when it is printed. */
function badValuesOf(name: string, takes: (value: string) => unknown): readonly string[] {
  if (FREE[name]) return FREE[name];
  if (typeof takes('1') === 'number') return NOT_NUMBERS;
  if (takes('true') === true) return NOT_FLAGS;
  if (takes('x') !== undefined) return NOT_NAMES;
  return takes('http://127.0.0.1') === undefined ? NOT_CHOICES : NOT_URLS;
}

/** Every variable of the schema → values that it must refuse. */
export const BAD_ENVIRONMENT: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  Object.entries(ENVIRONMENT.shape).map(([name, schema]) => [name, badValuesOf(name, (value) => schema.safeParse(value).data)]),
);

/** Every variable with a bad value at once, each with the canary in it. */
export function allBadAtOnce(): Record<string, string> {
  return Object.fromEntries(Object.entries(BAD_ENVIRONMENT).map(([name, values]) => [name, values.at(-1) ?? '']));
}
