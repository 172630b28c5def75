import { Failure } from '../kernel/failure.js';
import type { Reply } from '../kernel/transcript.js';
import type { Policy, Work } from '../resilience/policy.js';
import { ChatModel, type CallOptions, type ChatRequest, type ModelIdentity } from './chat-model.js';
import type { ModelHealth } from './model-health.js';

/** Asks the model as its policy allows: in time, again after a failure that passes, and not while it is known to be down. */
export class ResilientChatModel extends ChatModel {
  constructor(private readonly inner: ChatModel, private readonly policy: Policy, private readonly health: ModelHealth) {
    super();
  }

  override get identity(): ModelIdentity {
    return this.inner.identity;
  }

  override async complete(request: ChatRequest, options: CallOptions): Promise<Reply> {
    let attempt = 0;
    let shown = false; // a part of a reply that broke off was seen by whoever asked
    const told = (error: unknown): unknown => (shown && !options.onRestart && !options.signal.aborted ? interrupted(error) : error);
    const work: Work<Reply> = async (signal, responded) => {
      attempt += 1;
      if (shown) options.onRestart?.(attempt);
      shown = false;
      const onText = options.onText && ((text: string) => {
        shown = true;
        options.onText?.(text);
      });
      try {
        const reply = await this.inner.complete(request, { ...options, signal, attempt, onText, onBegin: responded });
        this.health.answered(this.identity.name);
        return reply;
      } catch (error) {
        this.health.failed(this.identity.name, error);
        throw told(error);
      }
    };
    try {
      return await this.policy.execute(work, options.signal);
    } catch (error) {
      throw told(error); // The time of the whole call can be over in the middle of a reply, too.
    }
  }
}

/** What was shown can not be taken back, and a second answer behind it would be no answer: the caller decides what to do. */
function interrupted(error: unknown): unknown {
  if (!(error instanceof Failure) || error.partial) return error;
  return new Failure('stream_interrupted', {
    errorType: error.errorType, retryable: true, partial: true, cause: error,
    publicMessage: 'The model stopped in the middle of its answer.',
  });
}
