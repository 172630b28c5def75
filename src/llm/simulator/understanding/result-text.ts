/** Longest part of a result that is repeated in an answer, in code points. */
const MOST_REPEATED = 1_200;

/** The fields in which tools put their one result. */
const RESULT_FIELDS = ['result', 'value', 'answer', 'output', 'message', 'text'] as const;

/** The words of a tool's result: JSON is told field by field, an enclosing tag is taken off, and length is bounded. */
export function resultText(result: string): string {
  const bare = result.trim().replace(/^<(\w[\w-]*)[^>]*>\s*([^]*?)\s*<\/\1>$/u, '$2');
  const parsed = parsedJson(bare);
  return bounded(parsed === undefined ? bare : told(parsed));
}

/** As a sentence: it starts in upper case and ends in a stop. */
export function sentence(text: string): string {
  const trimmed = text.trim();
  const ended = /[.!?…:]["')\]]?$/.test(trimmed) ? trimmed : `${trimmed}.`;
  return ended.charAt(0).toUpperCase() + ended.slice(1);
}

function parsedJson(text: string): object | undefined {
  if (!/^[{[]/.test(text)) return undefined;
  try {
    return JSON.parse(text) as object;
  } catch (error) {
    if (error instanceof SyntaxError || (error as Error).name === 'SyntaxError') return undefined;
    throw error;
  }
}

function told(value: unknown): string {
  if (Array.isArray(value)) return value.map(told).join('; ');
  if (typeof value !== 'object' || value === null) return String(value);
  const fields = value as Readonly<Record<string, unknown>>;
  const only = RESULT_FIELDS.find((name) => typeof fields[name] === 'string' || typeof fields[name] === 'number');
  if (only !== undefined) return String(fields[only]);
  return Object.entries(fields).map(([name, item]) => `${name.replaceAll('_', ' ')} ${told(item)}`).join(', ');
}

function bounded(text: string): string {
  if (text.length <= MOST_REPEATED) return text;
  return `${[...text].slice(0, MOST_REPEATED).join('')} …`;
}
