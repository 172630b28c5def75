import { SseReader, type SseEvent } from '../sse-reader.js';

/** What a client sees of one request. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** The JSON answer, the data of `run.completed` or `error`, or a problem. */
  readonly body: Readonly<Record<string, unknown>>;
  /** All events, when it was a stream. */
  readonly events: readonly SseEvent[];
  /** The text that a client of a stream would show, from the last `restart` on. */
  readonly text: string;
  readonly milliseconds: number;
}

/** Sends a request and reads its answer to the end. */
export async function answerOf(request: () => Promise<Response>): Promise<Answer> {
  const startedAt = performance.now();
  const response = await request();
  const { status, headers } = response;
  if (!headers.get('content-type')?.startsWith('text/event-stream')) {
    const body = await response.json() as Answer['body'];
    return { status, headers, body, events: [], text: String(body.reply), milliseconds: performance.now() - startedAt };
  }
  const events = await new SseReader(response).all();
  const shown = events.slice(events.findLastIndex(({ event }) => event === 'restart') + 1);
  const text = shown.map(({ event, data }) => (event === 'text.delta' ? String(data.text) : '')).join('');
  return { status, headers, body: events.at(-1)?.data ?? {}, events, text, milliseconds: performance.now() - startedAt };
}

/** The answer in a few words, as the table of faults shows it. */
export function inWords({ status, body, events }: Answer): string {
  const last = events.at(-1)?.event;
  const waits = body.retry_after_seconds === undefined ? '' : ', Retry-After';
  const ending = body.error_type === null ? 'success' : String(body.outcome === undefined ? body.code : body.error_type);
  const degraded = Array.isArray(body.degraded) && body.degraded.length > 0 ? `, degraded: ${body.degraded.join(' ')}` : '';
  if (last === 'error') return `event error: ${ending}${body.partial === true ? ' (partial)' : ''}${waits}`;
  return `${last === undefined ? status : `event ${last}:`} ${ending}${degraded}${waits}`;
}
