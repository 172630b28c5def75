import { toUsd } from '../kernel/money.js';
import type { Observer, Report } from '../kernel/observer.js';
import type { Reply } from '../kernel/transcript.js';
import { ChatModel, type CallOptions, type ChatRequest, type ModelIdentity } from './chat-model.js';

/** Shows each exchange with the inner model to the observer. */
export class ObservedChatModel extends ChatModel {
  constructor(private readonly inner: ChatModel, private readonly observer: Observer) {
    super();
  }

  override get identity(): ModelIdentity {
    return this.inner.identity;
  }

  override complete(request: ChatRequest, options: CallOptions): Promise<Reply> {
    const { provider, name: model, maxTokens, temperature, serverAddress, serverPort } = this.identity;
    return this.observer.observe('llm.call', {
      provider, model, max_tokens: request.maxTokens ?? maxTokens, temperature, messages_count: request.messages.length,
      stream: true, attempt: options.attempt ?? 1,
      server_address: serverAddress, server_port: serverPort, input_messages: request.messages,
    }, (report) => this.reported(request, options, report));
  }

  private async reported(request: ChatRequest, options: CallOptions, report: Report<'llm.call'>): Promise<Reply> {
    const { onText } = options;
    let firstTextAt = 0;
    const watched = (text: string) => {
      if (firstTextAt === 0) {
        firstTextAt = performance.now();
        report.mark('time_to_first_token_seconds');
        this.observer.note('llm.first_token', { model: this.identity.name });
      }
      onText?.(text);
    };
    const reply = await this.inner.complete(request, { ...options, onText: watched });
    report.learn({
      response_id: reply.id, response_model: reply.model, stop_reason: reply.stopReason, ...reply.usage,
      output_message: reply.content,
      ...(reply.cost !== undefined && { cost_usd: toUsd(reply.cost) }),
    });
    const seconds = (performance.now() - firstTextAt) / 1000;
    if (firstTextAt > 0 && seconds > 0) report.learn({ output_tokens_per_second: reply.usage.output_tokens / seconds });
    return reply;
  }
}
