import type { Reply } from '../kernel/transcript.js';
import { ChatModel, type CallOptions, type ChatRequest, type ModelIdentity } from './chat-model.js';
import type { Pricing } from './pricing.js';

/** Puts the price on each reply. A model without a price is told of, every time: unknown is not free. */
export class PricedChatModel extends ChatModel {
  constructor(
    private readonly inner: ChatModel,
    private readonly pricing: Pricing,
    private readonly onUnpriced: (model: string) => void,
  ) {
    super();
  }

  override get identity(): ModelIdentity {
    return this.inner.identity;
  }

  override async complete(request: ChatRequest, options: CallOptions): Promise<Reply> {
    const reply = await this.inner.complete(request, options);
    const { name } = this.identity;
    const cost = this.pricing.costOf(name, reply.usage) ?? this.pricing.costOf(reply.model, reply.usage);
    if (cost !== undefined) return { ...reply, cost };
    this.onUnpriced(name);
    return reply;
  }
}
