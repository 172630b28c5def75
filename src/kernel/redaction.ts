import { cut } from './text.js';

/**
 * Removes what must never leave the process, before every sink. Each pattern is linear: no two open quantifiers that can
 * match the same text, so a hostile 200 kB line costs milliseconds. None can match a quote or a backslash, so redacting
 * a line of JSON leaves it a line of JSON.
 */
const MASK = '[redacted]';

const SECRETS: readonly RegExp[] = [
  /\bsk-[A-Za-z0-9_-]{16,200}/g, // Anthropic, OpenAI and kin
  /\b(?:tvly|BSA|xox[abposr]|gh[pousr]|github_pat|glpat|npm|hf|AIza|SG|rk_live|sk_live|pk_live|whsec)[-_.]?[A-Za-z0-9_-]{16,200}/g,
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g,
  /\beyJ[A-Za-z0-9_-]{8,2000}\.[A-Za-z0-9_-]{8,4000}\.[A-Za-z0-9_-]{8,1000}/g, // JSON Web Token
  /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----(?:[A-Za-z0-9+/=\s-]|\\n){0,10000}/g,
  /(?<=\b(?:bearer|basic)\s)[A-Za-z0-9._~+/=-]{12,4000}/gi,
  /(?<=:\/\/[^\s:@/"\\]{1,100}:)[^\s@/"\\]{1,200}(?=@)/g, // password inside a URL
  /(?<=\b(?:api[_-]?key|password|passwd|secret|access[_-]?token|client[_-]?secret)["'\\]{0,3}\s?[=:]\s?["'\\]{0,3})[^\s"'\\,;&}]{4,200}/gi,
];

/** A cheap look that decides whether the patterns need to run at all: most text has none of these. */
const SUSPICIOUS = /\bsk-|\beyJ|-----BEGIN|bearer|basic |:\/\/[^\s/]{1,200}@|api[_-]?key|passw|secret|token[_"'\\]{0,3}\s?[=:]|AKIA|ASIA|xox|gh[pousr]_|github_pat|glpat|npm_|hf_|AIza|SG\.|_live_|whsec|tvly|BSA/i;

/** Names of fields whose value is a secret whatever it looks like. `input_tokens` is not one of them. */
const SECRET_NAME = /(?:^|[_-])(?:api[_-]?key|authorization|cookie|password|passwd|secret|token|credentials?|private[_-]?key)$|apikey$/i;

export function redactText(text: string): string {
  if (!SUSPICIOUS.test(text)) return text;
  return SECRETS.reduce((redacted, pattern) => redacted.replace(pattern, MASK), text);
}

export interface ValueLimits {
  /** Code points that one string may keep. */
  readonly characters: number;
  readonly depth: number;
  /** Entries that one object or array may keep. */
  readonly entries: number;
}

const VALUE_LIMITS: ValueLimits = { characters: 1_000, depth: 6, entries: 50 };

/** A copy of any value that is safe to log: secrets masked, long text cut, depth and width bounded, cycles harmless. */
export function redactValue(value: unknown, limits: ValueLimits = VALUE_LIMITS): unknown {
  if (typeof value === 'string') return redactString(value, limits.characters);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return typeof value === 'function' ? '[function]' : value;
  if (limits.depth <= 0) return '[deep]';
  const inner = { ...limits, depth: limits.depth - 1 };
  if (Array.isArray(value)) return value.slice(0, limits.entries).map((entry) => redactValue(entry, inner));
  return Object.fromEntries(
    Object.entries(value).slice(0, limits.entries)
      .map(([name, entry]) => [name, SECRET_NAME.test(name) ? MASK : redactValue(entry, inner)]),
  );
}

/** Looks at no more than could be shown, with room for what redaction takes away: a value may be megabytes long. */
function redactString(text: string, characters: number): string {
  const head = text.slice(0, 4 * characters);
  const redacted = redactText(head);
  return head.length === text.length ? cut(redacted, characters) : cut(redacted, characters, text.length);
}
