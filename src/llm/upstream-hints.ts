/** The headers of an answer, as far as they are read here. */
export interface UpstreamHeaders { get?: (name: string) => string | null }

/** The longest wait that is passed on. Seconds. */
const LONGEST_SECONDS = 60;
/** A longer one (2^31 ms, the most that a timer counts; the official SDK draws the same line) says nothing about load, and is not believed. */
const INCREDIBLE_SECONDS = 2_147_483;

/**
 * Whole seconds that the upstream wants to be left alone, at most 60: from `retry-after-ms`, or `retry-after` in seconds or as a
 * date (RFC 9110, 10.2.3). Undefined when it said nothing that makes sense. `now` is wall time in milliseconds.
 */
export function retryAfter(headers: UpstreamHeaders | undefined, now: number): number | undefined {
  const milliseconds = Number(headers?.get?.('retry-after-ms') ?? NaN);
  const seconds = milliseconds > 0 ? milliseconds / 1_000 : secondsOf(headers?.get?.('retry-after') ?? '', now);
  return seconds > 0 && seconds <= INCREDIBLE_SECONDS ? Math.min(Math.ceil(seconds), LONGEST_SECONDS) : undefined;
}

/** NaN when it is neither a number nor a date. */
function secondsOf(value: string, now: number): number {
  if (value.trim() === '') return NaN;
  const seconds = Number(value);
  return Number.isNaN(seconds) && /[A-Z][a-z]{2}/.test(value) ? (Date.parse(value) - now) / 1_000 : seconds;
}

/** What the upstream says about trying again; it knows better than its status does. Undefined when it says nothing. */
export function shouldRetry(headers: UpstreamHeaders | undefined): boolean | undefined {
  const word = headers?.get?.('x-should-retry');
  return word === 'true' ? true : word === 'false' ? false : undefined;
}
