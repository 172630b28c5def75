import type { Observer } from '../kernel/observer.js';
import type { LlmSettings } from '../settings/settings.js';
import { AnthropicChatModel } from './anthropic-chat-model.js';
import { modelIdentity } from './model-identity.js';

/** A server without keys (a simulated or local one) is still sent one: the SDK refuses to work without. */
const NO_KEY = 'no-key';

/** The one server that all models are asked at. */
export class MessagesApi {
  constructor(
    readonly settings: LlmSettings,
    private readonly simulatorUrl: string | undefined,
    private readonly fetch: typeof globalThis.fetch,
    private readonly observer: Observer,
  ) {}

  get simulated(): boolean {
    return this.simulatorUrl !== undefined;
  }

  model(name: string): AnthropicChatModel {
    const { settings, simulatorUrl } = this;
    return new AnthropicChatModel({
      identity: modelIdentity(name, settings, simulatorUrl),
      apiKey: settings.apiKey?.reveal() ?? NO_KEY,
      baseUrl: simulatorUrl ?? settings.baseUrl,
      fetch: this.fetch,
      timeoutMilliseconds: settings.callMilliseconds,
    }, (kind, limit, remaining) => this.observer.note('rate_limit.seen', { kind, limit, remaining }));
  }
}
