import type { ScriptedStep } from '../../../../src/llm/simulator/scripted-step.js';
import type { Simulator } from '../../../../src/llm/simulator/simulator.js';

/** A parsed answer; its shape is what the tests are about. */
export type Json = ReturnType<typeof JSON.parse>;

export const HEADERS = { 'content-type': 'application/json', 'anthropic-version': '2026-10-21', 'x-api-key': 'test-key' };
export const BODY = { model: 'simulated', max_tokens: 500, messages: [{ role: 'user', content: 'Hello' }] };

/** What arrived of an answer. */
export interface Arrived {
  readonly status: number;
  readonly text: string;
  /** The body as it came, chunk by chunk. */
  readonly chunks: readonly Buffer[];
  /** Why the body broke off: the code of the socket's error; undefined when it ended as HTTP says. */
  readonly broken: string | undefined;
  /** Milliseconds from the request to the headers, and to the end. */
  readonly headersAfter: number;
  readonly endedAfter: number;
}

export function asking(question: string, rest: object = {}): object {
  return { ...BODY, ...rest, messages: [{ role: 'user', content: question }] };
}

export function post(simulator: Simulator, body: object = BODY, init: RequestInit = {}): Promise<Response> {
  return fetch(`${simulator.url}/v1/messages`, { method: 'POST', body: JSON.stringify(body), ...init, headers: { ...HEADERS, ...init.headers } });
}

/** Asks for a stream, with the step scripted when there is one, and reads whatever comes. */
export async function stream(simulator: Simulator, step?: ScriptedStep, body: object = BODY): Promise<Arrived> {
  if (step) simulator.enqueue(step);
  const start = performance.now();
  const response = await post(simulator, { ...body, stream: true });
  const headersAfter = performance.now() - start;
  const chunks: Buffer[] = [];
  let broken: string | undefined;
  try {
    for await (const chunk of response.body!) chunks.push(Buffer.from(chunk as Uint8Array));
  } catch (error) {
    broken = String(((error as Error).cause as { code?: string }).code);
  }
  return { status: response.status, text: Buffer.concat(chunks).toString(), chunks, broken, headersAfter, endedAfter: performance.now() - start };
}

/** The names of the events of a raw stream, also of one with CRLF. */
export function eventNames(raw: string): string[] {
  return [...raw.matchAll(/^event: (\w+)\r?$/gm)].map(([, name = '']) => name);
}

/** The data of the events of a raw stream. */
export function eventData(raw: string): Json[] {
  return [...raw.matchAll(/^data: (.*?)\r?$/gm)].map(([, data = '']) => JSON.parse(data));
}

/** The text that the deltas of a raw stream say. */
export function saidIn(raw: string): string {
  return eventData(raw).map(({ delta }) => (delta as { text?: string } | undefined)?.text ?? '').join('');
}
