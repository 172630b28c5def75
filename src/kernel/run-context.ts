import { AsyncLocalStorage } from 'node:async_hooks';

export type Channel = 'http' | 'repl' | 'cli';

/** The user of the REPL and of `ask`, known before anybody asks. */
export const CLI_USER = 'cli_user';

/** Who is asking, and under which ids. Opened once per entry point: an HTTP request, a line of the REPL, a command. */
export interface RunContext {
  /** Joins every log line, span and answer of one request. Chosen by the caller or made here. */
  readonly correlationId: string;
  readonly channel: Channel;
  readonly userId?: string;
  readonly runId?: string;
  readonly conversationId?: string;
}

const storage = new AsyncLocalStorage<RunContext>();

/** Runs `work` under `context`; nested contexts replace the outer one for the duration of `work`. */
export function withRunContext<R>(context: RunContext, work: () => R): R {
  return storage.run(context, work);
}

export function currentRun(): RunContext | undefined {
  return storage.getStore();
}

/** What a caller may choose as a correlation id: it is echoed in headers and logs, so nothing that could break a line. */
const CORRELATION_ID = /^[A-Za-z0-9._:-]{1,128}$/;

/** The caller's id if it is acceptable, else a new UUIDv4. Independent of the trace id: a UUID is not a trace id. */
export function correlationIdFrom(candidate: unknown): string {
  return typeof candidate === 'string' && CORRELATION_ID.test(candidate) ? candidate : crypto.randomUUID();
}
