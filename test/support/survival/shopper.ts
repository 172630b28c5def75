import { setTimeout as wait } from 'node:timers/promises';
import { shopping } from './shopping.js';

/** What a client was told that it has. */
export interface Bought {
  readonly order: string;
  readonly conversationId: string;
  readonly reply: string;
}

interface Answer {
  readonly outcome: string;
  readonly reply: string;
  readonly conversation_id: string;
}

/**
 * A client that does what clients of a service that is being deployed do: asks again, with the same key, until it has an answer.
 * Buys in conversations of three orders each.
 */
export class Shopper {
  readonly bought: Bought[] = [];
  /** Orders that ended with an answer that is none, and why. */
  readonly failed: { readonly order: string; readonly code: string }[] = [];
  private conversationId: string | undefined;
  private orders = 0;

  constructor(private readonly name: string, private readonly url: () => string) {}

  /** Buys until told otherwise. */
  async shop(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) await this.buy(`${this.name}-${this.orders++}`);
  }

  private async buy(order: string): Promise<void> {
    const body = JSON.stringify({ message: shopping(order), ...(this.conversationId !== undefined && { conversation_id: this.conversationId }) });
    for (;;) {
      const response = await this.ask(order, body);
      const answer = response && await response.json().catch(() => undefined) as (Answer & { readonly code?: string }) | undefined;
      if (!response || !answer || response.status === 409 || response.status === 503) {
        await wait(50);
        continue;
      }
      if (response.status === 200 && answer.outcome === 'success') {
        this.bought.push({ order, conversationId: answer.conversation_id, reply: answer.reply });
        this.conversationId = this.orders % 3 === 0 ? undefined : answer.conversation_id;
      } else this.failed.push({ order, code: answer.code ?? answer.outcome });
      return;
    }
  }

  private async ask(key: string, body: string): Promise<Response | undefined> {
    try {
      return await fetch(`${this.url()}/v1/runs`, { method: 'POST', headers: { 'content-type': 'application/json', 'idempotency-key': key }, body, signal: AbortSignal.timeout(20_000) });
    } catch {
      return undefined; // nobody listens, or whoever answered is gone
    }
  }
}
