import { CONTENT_WORDS } from './content-words.js';
import { errorTypeOf } from './protocol/api-error.js';
import type { CutKind, ScriptedStep, ScriptedSteps, StreamOddity, MalformedStream } from './scripted-step.js';

/** What was written behind a word: `reset` in `cut:reset@6`, and the 6. */
export interface Written {
  readonly argument: string | undefined;
  readonly afterEvents: number | undefined;
}

/** One word of the notation. */
export interface FaultWord {
  /** What may stand behind a colon: one of a list, a number, or any text. Nothing when it is absent. */
  readonly argument?: readonly string[] | 'number' | 'text';
  /** True when `@` and a number of events may follow. */
  readonly inStream?: boolean;
  /** A function of the word itself as it was written, too: `529` and `500` are one entry. */
  readonly step: (written: Written, word: string) => ScriptedStep;
}

/** Stands for every status from 400 to 599. */
export const STATUS_WORD = 'status';

const HTML = '<!DOCTYPE html>\n<html><head><title>Simulated page</title></head><body><h1>This is no answer of the Messages API</h1></body></html>\n';
const NULL_CONTENT = '{"id":"msg_null","type":"message","role":"assistant","model":"simulated","content":null,"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":1}}';
const PROMPT_TOO_LONG = 'prompt is too long: 212345 tokens > 200000 maximum';
/** A cut that is not given a place comes after the first piece of a text. */
const CUT_AFTER_EVENTS = 4;
const AN_HOUR_MILLISECONDS = 3_600_000;

/** Every word of the notation. A new one is one line here, and one in docs/simulator.md. */
export const FAULT_WORDS: Readonly<Record<string, FaultWord>> = {
  ok: { step: () => ({ kind: 'ok' }) },
  [STATUS_WORD]: { argument: 'text', step: ({ argument }, word) => httpError(Number(word), argument) },
  too_long: { step: () => ({ kind: 'error', status: 400, type: 'invalid_request_error', message: PROMPT_TOO_LONG }) },
  html502: { step: () => ({ kind: 'body', status: 502, contentType: 'text/html; charset=utf-8', text: HTML }) },
  html200: { step: () => ({ kind: 'body', status: 200, contentType: 'text/html; charset=utf-8', text: HTML }) },
  empty: { step: () => json('') },
  bad_json_body: { step: () => json('{"id":"msg_cut","type":"message","content":[{"type":"te') },
  null_content: { step: () => json(NULL_CONTENT) },
  unknown_shape: { step: () => json('{"result":"ok"}') },
  reset: {
    argument: ['before_headers', 'after_headers', 'mid_body'],
    step: ({ argument = 'before_headers' }) => ({ kind: 'reset', when: argument as NonNullable<ScriptedSteps['reset']['when']> }),
  },
  hang: {
    argument: ['before_headers', 'after_headers'],
    step: ({ argument = 'before_headers' }) => ({ kind: 'hang', when: argument as NonNullable<ScriptedSteps['hang']['when']> }),
  },
  cut: {
    argument: ['break', 'fin', 'reset', 'hang'], inStream: true,
    step: ({ argument = 'break', afterEvents = CUT_AFTER_EVENTS }) => ({ kind: 'cut', how: argument as CutKind, afterEvents }),
  },
  error_event: {
    argument: 'text', inStream: true,
    step: ({ argument, afterEvents = CUT_AFTER_EVENTS }) => ({ kind: 'error_event', afterEvents, ...(argument !== undefined && { type: argument }) }),
  },
  ...Object.fromEntries((['bad_json', 'dup_start'] as const).map((what) => [what, { inStream: true, step: malformed(what) }])),
  ...Object.fromEntries((['out_of_order', 'no_events', 'no_stop', 'no_message_delta'] as const).map((what) => [what, { step: malformed(what) }])),
  ...Object.fromEntries((['crlf', 'unknown_event', 'ping', 'thinking', 'unknown_block'] as const).map((what) => [what, { step: oddity(what) }])),
  split_utf8: { step: () => ({ kind: 'oddity', what: 'split_utf8', content: [{ type: 'text', text: 'Grüße aus 東京 🌍: characters of two, three and four bytes.' }] }) },
  huge_event: { argument: 'number', step: ({ argument }) => ({ kind: 'oddity', what: 'huge_event', ...(argument !== undefined && { bytes: Number(argument) }) }) },
  ping_forever: { argument: 'number', step: ({ argument }) => ({ kind: 'ping_forever', ...every(argument) }) },
  drip: { argument: 'number', step: ({ argument }) => ({ kind: 'drip', ...every(argument) }) },
  slow: { argument: 'number', step: ({ argument = '25' }) => ({ kind: 'slow', milliseconds: Number(argument) * 1_000 }) },
  ...CONTENT_WORDS,
};

/** An error of the API. Behind the colon: `retry`, `noretry`, `date` (an hour from now), or whatever `retry-after` shall be. */
function httpError(status: number, argument: string | undefined): ScriptedStep {
  const type = errorTypeOf(status);
  if (argument === undefined) return { kind: 'error', status, type };
  if (argument === 'retry' || argument === 'noretry') {
    return { kind: 'error', status, type, headers: { 'x-should-retry': String(argument === 'retry') } };
  }
  const retryAfter = argument === 'date' ? new Date(Date.now() + AN_HOUR_MILLISECONDS).toUTCString() : argument;
  return { kind: 'error', status, type, headers: { 'retry-after': retryAfter } };
}

function json(text: string): ScriptedStep {
  return { kind: 'body', status: 200, contentType: 'application/json', text };
}

function malformed(what: MalformedStream): FaultWord['step'] {
  return ({ afterEvents }) => ({ kind: 'malformed', what, ...(afterEvents !== undefined && { afterEvents }) });
}

function oddity(what: StreamOddity): FaultWord['step'] {
  return () => ({ kind: 'oddity', what });
}

function every(seconds: string | undefined): { readonly everyMilliseconds?: number } {
  return seconds === undefined ? {} : { everyMilliseconds: Number(seconds) * 1_000 };
}
