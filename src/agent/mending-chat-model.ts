import { Failure } from '../kernel/failure.js';
import type { Observer } from '../kernel/observer.js';
import { textOf, toolCallsOf, type Reply } from '../kernel/transcript.js';
import { ChatModel, type CallOptions, type ChatRequest, type ModelIdentity } from '../llm/chat-model.js';
import { trimHistory } from './history/trim.js';

/** Times that a model which pauses is asked to go on. */
const MOST_PAUSES = 5;
/** Tokens that every current model may answer with; a doubled limit does not go beyond, unless the configured one does. */
const SURE_OUTPUT_TOKENS = 32_000;

/**
 * Gets a whole reply where the model gave less: goes on after a pause, asks once more for an empty reply or one whose tool call
 * was cut off, and once with a shorter history when the model finds it too long. Nothing is asked
 * again whose text was shown to somebody who can not forget it.
 */
export class MendingChatModel extends ChatModel {
  constructor(private readonly inner: ChatModel, private readonly observer: Observer) {
    super();
  }

  override get identity(): ModelIdentity {
    return this.inner.identity;
  }

  override async complete(request: ChatRequest, options: CallOptions): Promise<Reply> {
    let shown = false;
    const onText = options.onText && ((text: string) => {
      shown = true;
      options.onText?.(text);
    });
    const fitting = await this.fitting(request, { ...options, onText });
    const reply = await this.continued(fitting, { ...options, onText });
    const again = this.secondRequest(reply, fitting.request);
    if (!again || (shown && !options.onRestart)) return reply;
    if (shown) options.onRestart?.(2);
    this.observer.note('reply.asked_again', { why: again.why });
    return after(reply, await this.inner.complete(again.request, options));
  }

  /** The reply to the request, or to as much of it as the model can take. */
  private async fitting(request: ChatRequest, options: CallOptions): Promise<Asked> {
    try {
      return { request, reply: await this.inner.complete(request, options) };
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== 'context_too_long') throw error;
      const messages = trimHistory(request.messages);
      if (!messages) throw error;
      this.observer.note('history.trimmed', { messages_before: request.messages.length, messages_after: messages.length });
      const shorter = { ...request, messages };
      return { request: shorter, reply: await this.inner.complete(shorter, options) };
    }
  }

  /** A paused reply and what follows are one turn: the model is given what it said, and adds to it. */
  private async continued({ request, reply: first }: Asked, options: CallOptions): Promise<Reply> {
    let reply = first;
    for (let pause = 1; reply.stopReason === 'pause_turn' && reply.content.length > 0 && pause <= MOST_PAUSES; pause++) {
      const messages = [...request.messages, { role: 'assistant' as const, content: reply.content }];
      const next = await this.inner.complete({ ...request, messages }, { ...options, onRestart: repeating(reply, options) });
      reply = after(reply, { ...next, content: [...reply.content, ...next.content] });
    }
    return reply;
  }

  private secondRequest(reply: Reply, request: ChatRequest): { readonly why: 'empty' | 'cut_tool_call'; readonly request: ChatRequest } | undefined {
    if (reply.stopReason === 'max_tokens' && toolCallsOf(reply.content).length > 0) {
      const { maxTokens } = this.identity;
      return { why: 'cut_tool_call', request: { ...request, maxTokens: Math.min(2 * maxTokens, Math.max(maxTokens, SURE_OUTPUT_TOKENS)) } };
    }
    const isEmpty = textOf(reply.content).trim() === '' && toolCallsOf(reply.content).length === 0;
    return isEmpty && reply.stopReason !== 'refusal' ? { why: 'empty', request } : undefined;
  }
}

/** Who forgets a reply forgets all of it, and gets again what came before the pause. */
function repeating({ content }: Reply, { onText, onRestart }: CallOptions): CallOptions['onRestart'] {
  return onRestart && ((attempt) => {
    onRestart(attempt);
    const text = textOf(content);
    if (text !== '') onText?.(text);
  });
}

interface Asked { readonly request: ChatRequest; readonly reply: Reply }

/** `reply`, which cost what came before it as well. */
function after(earlier: Reply, reply: Reply): Reply {
  const { earlier: before = [], ...last } = earlier;
  return { ...reply, earlier: [...before, last, ...(reply.earlier ?? [])] };
}
