import { Failure } from '../kernel/failure.js';

/** How long a server may say nothing. Milliseconds. */
export interface SilenceLimits {
  /** From the request to the headers of the answer. */
  readonly beginMilliseconds: number;
  /** From then on, between two pieces of the answer that say something. */
  readonly silenceMilliseconds: number;
}

/** Ends one exchange when the server has been silent for too long, or its caller gives up. */
export class SilenceWatch {
  private readonly controller = new AbortController();
  private timer: NodeJS.Timeout;
  private answering = false;

  constructor(private readonly limits: SilenceLimits, private readonly caller: AbortSignal | undefined) {
    this.timer = this.wait(limits.beginMilliseconds);
    if (caller?.aborted) this.giveUp();
    else caller?.addEventListener('abort', this.giveUp, { once: true });
  }

  /** Aborted with a Failure `upstream_timeout`, or with the caller's reason. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** The server said something: the time begins anew. */
  heard(): void {
    if (this.answering) {
      this.timer.refresh();
      return;
    }
    this.answering = true;
    clearTimeout(this.timer);
    this.timer = this.wait(this.limits.silenceMilliseconds);
  }

  /** The exchange is over. No timer and no listener outlives it. */
  stop(): void {
    clearTimeout(this.timer);
    this.caller?.removeEventListener('abort', this.giveUp);
  }

  private readonly giveUp = (): void => {
    this.stop();
    this.controller.abort(this.caller?.reason);
  };

  private wait(milliseconds: number): NodeJS.Timeout {
    return setTimeout(() => {
      this.stop();
      this.controller.abort(new Failure('upstream_timeout', { errorType: 'timeout', retryable: true, publicMessage: 'The model API was silent for too long.' }));
    }, milliseconds);
  }
}
