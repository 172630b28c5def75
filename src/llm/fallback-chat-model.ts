import { errorTypeOf, Failure, type ErrorType } from '../kernel/failure.js';
import type { Observer } from '../kernel/observer.js';
import type { Reply } from '../kernel/transcript.js';
import { ChatModel, type CallOptions, type ChatRequest, type ModelIdentity } from './chat-model.js';

/** Failures that say something about one model, so that another one may do better. A bad request or key would fail everywhere. */
const THIS_MODEL_ONLY: ReadonlySet<ErrorType> = new Set<ErrorType>([
  'not_found_error', 'overloaded_error', 'rate_limit_error', 'api_error', 'timeout', 'connection_error', 'bad_response', 'circuit_open',
]);

/**
 * Asks the first model, and when it fails the next ones in order, each at most once. Every call begins with the first again: one
 * request's failure never chooses the model of another. Once a part of an answer was shown, nothing is switched unless the caller can
 * begin anew.
 */
export class FallbackChatModel extends ChatModel {
  constructor(private readonly first: ChatModel, private readonly others: readonly ChatModel[], private readonly observer: Observer) {
    super();
  }

  override get identity(): ModelIdentity {
    return this.first.identity;
  }

  override async complete(request: ChatRequest, options: CallOptions): Promise<Reply> {
    let failure: unknown;
    let attempt = 1;
    let shown = false;
    const onText = options.onText && ((text: string) => {
      shown = true;
      options.onText?.(text);
    });
    const onRestart = options.onRestart && ((next: number) => {
      [attempt, shown] = [next, false];
      options.onRestart?.(next);
    });
    for (const model of [this.first, ...this.others]) {
      if (failure !== undefined) this.tell(model.identity.name, failure);
      if (shown) onRestart?.(attempt + 1);
      try {
        const reply = await model.complete(request, { ...options, onText, onRestart });
        return model === this.first ? reply : { ...reply, fallback: { from: this.identity.name, to: model.identity.name } };
      } catch (error) {
        options.signal.throwIfAborted();
        if (!anotherMayDoBetter(error)) throw error;
        failure ??= error; // The first one's is what the operator has to mend.
      }
    }
    throw failure;
  }

  private tell(to: string, failure: unknown): void {
    this.observer.note('model.fallback', { from_model: this.identity.name, to_model: to, error_type: errorTypeOf(failure) });
  }
}

function anotherMayDoBetter(error: unknown): boolean {
  return error instanceof Failure && !error.partial && THIS_MODEL_ONLY.has(error.errorType);
}
