import { Failure } from '../kernel/failure.js';
import type { Reply } from '../kernel/transcript.js';
import { withDeadline } from '../resilience/deadline.js';
import type { Policy } from '../resilience/policy.js';
import { ChatModel, type CallOptions, type ChatRequest, type ModelIdentity } from './chat-model.js';

/** Keeps a call within its time and away from a model that is known to be down. */
export class ResilientChatModel extends ChatModel {
  constructor(private readonly inner: ChatModel, private readonly policy: Policy, private readonly callMilliseconds: number) {
    super();
  }

  override get identity(): ModelIdentity {
    return this.inner.identity;
  }

  override complete(request: ChatRequest, options: CallOptions): Promise<Reply> {
    return this.policy.execute((signal) => withDeadline({
      milliseconds: this.callMilliseconds,
      signal,
      failure: () => new Failure('upstream_timeout', { errorType: 'timeout', retryable: true, publicMessage: 'The model did not finish in time.' }),
    }, (limited) => this.inner.complete(request, { ...options, signal: limited })), options.signal);
  }
}
