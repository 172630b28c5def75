import { inspect } from 'node:util';
import { cut } from '../kernel/text.js';

/** Code points of a result that the model gets; what is cut off is said. More would crowd out the conversation. */
const RESULT_CHARACTERS = 32_000;
/** Values that JSON is made of; each is a character at least, so the rest would be cut off. Shared parts can be small in memory and endless as text. */
const MOST_VALUES = 50_000;
/** What is no JSON is only sketched, and no code of the tool runs for it. */
const SKETCH = { depth: 3, maxArrayLength: 20, maxStringLength: 1_000, breakLength: Infinity, customInspect: false } as const;

/** What a tool returned as text for the model: bounded, well-formed and not empty, whatever it was. Never throws. */
export function resultText(result: unknown): string {
  const text = cut(typeof result === 'string' ? result : describe(result ?? ''), RESULT_CHARACTERS);
  return text.trim() === '' || text === '""' ? '(no output)' : text;
}

/** A tool should return a string; one that does not has done its work all the same, so the model gets the best there is. */
function describe(result: unknown): string {
  try {
    if (ArrayBuffer.isView(result)) return `(${result.byteLength} bytes that are no text)`;
    return jsonOf(result) ?? inspect(result, SKETCH);
  } catch {
    return '(a result that can not be shown as text)';
  }
}

/** Undefined for what is no JSON: a function, a cycle, a `toJSON` that throws. */
function jsonOf(result: unknown): string | undefined {
  let values = 0;
  try {
    return JSON.stringify(result, (_name, value: unknown) => {
      values += 1;
      if (values > MOST_VALUES) return undefined;
      return typeof value === 'bigint' ? String(value) : value;
    });
  } catch {
    return undefined;
  }
}
