/** Text that any store, model and log accepts: no half surrogate (it becomes U+FFFD) and no NUL (it is left out). */
export function cleanText(text: string): string {
  return text.includes('\0') || !text.isWellFormed() ? text.toWellFormed().replaceAll('\0', '') : text;
}

/** The same value with every text in it clean, names of fields included. */
export function cleanValue(value: unknown): unknown {
  if (typeof value === 'string') return cleanText(value);
  if (Array.isArray(value)) return value.map(cleanValue);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, entry]) => [cleanText(name), cleanValue(entry)]));
}

/** At most `characters` code points of clean text; what is cut off is said, with the `length` that the whole had. */
export function cut(text: string, characters: number, length = text.length): string {
  const clean = cleanText(text.slice(0, 2 * characters + 2));
  const points = Array.from(clean);
  if (points.length <= characters && length <= text.length && text.length <= 2 * characters + 2) return clean;
  return `${points.slice(0, characters).join('')}… (${length} characters)`;
}

/** Escapes, control characters and bidi overrides: text from outside could use them to rewrite what a person sees. Tab and newline stay. */
// eslint-disable-next-line no-control-regex
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Text that only shows what it says. */
export function terminalText(text: string): string {
  return text.replace(CONTROLS, '');
}
