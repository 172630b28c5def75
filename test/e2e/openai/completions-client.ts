import type { RunningApplication } from '../../support/running-application.js';

/** One chunk of a streamed completion, or the error that ended the stream. */
export interface Chunk {
  readonly id?: string;
  readonly model?: string;
  readonly choices?: readonly { readonly delta: { readonly role?: string; readonly content?: string }; readonly finish_reason: string | null }[];
  readonly usage?: Readonly<Record<string, unknown>>;
  readonly error?: Readonly<Record<string, unknown>>;
}

/** `POST /v1/chat/completions` with a JSON body, as an HTTP client without any SDK sends it. */
export function complete(service: RunningApplication, body: object, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  return fetch(`${service.url}/v1/chat/completions`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) });
}

export function user(content: string): { readonly role: 'user'; readonly content: string } {
  return { role: 'user', content };
}

export function assistant(content: string): { readonly role: 'assistant'; readonly content: string } {
  return { role: 'assistant', content };
}

/** The text of the answer. */
export async function answerOf(response: Response): Promise<string> {
  const { choices } = await response.json() as { readonly choices: readonly [{ readonly message: { readonly content: string } }] };
  return choices[0].message.content;
}

/** What the `data:` lines hold, and whether the last of them was `[DONE]`. */
export function readChunks(raw: string): { readonly chunks: readonly Chunk[]; readonly done: boolean } {
  const data = raw.split('\n').filter((line) => line.startsWith('data: ')).map((line) => line.slice('data: '.length));
  return { chunks: data.filter((line) => line !== '[DONE]').map((line) => JSON.parse(line) as Chunk), done: data.at(-1) === '[DONE]' };
}

export function textOf(chunks: readonly Chunk[]): string {
  return chunks.map(({ choices = [] }) => choices[0]?.delta.content ?? '').join('');
}
