import { Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Observer } from '../kernel/observer.js';
import { SimulatedUpstreams } from '../kernel/simulated-upstreams.js';
import { BreakerRegistry } from '../resilience/breaker-registry.js';
import { ResilienceModule } from '../resilience/resilience.module.js';
import { APPLICATION_ROOT } from '../settings/process-environment.js';
import { LlmSettings } from '../settings/settings.js';
import { AnthropicChatModel } from './anthropic-chat-model.js';
import { ChatModel } from './chat-model.js';
import { LightFetch } from './light-fetch.js';
import { modelIdentity } from './model-identity.js';
import { ObservedChatModel } from './observed-chat-model.js';
import { PricedChatModel } from './priced-chat-model.js';
import { Pricing } from './pricing.js';
import { ResilientChatModel } from './resilient-chat-model.js';

/** A server without keys (a simulated or local one) is still sent one: the SDK refuses to work without. */
const NO_KEY = 'no-key';

@Injectable()
class ModelTransport extends LightFetch implements OnApplicationShutdown {
  constructor(settings: LlmSettings) {
    super(settings.silenceMilliseconds);
  }

  /** Not earlier: requests that are still answered when the process is asked to end need it to the last. */
  onApplicationShutdown(): Promise<void> {
    return this.close();
  }
}

/** The onion around the model, from the inside: the API, its price, the observer (one observation per attempt), resilience. */
@Module({
  imports: [ResilienceModule],
  providers: [
    ModelTransport,
    { provide: Pricing, useFactory: () => Pricing.read(`${APPLICATION_ROOT}config/models.yaml`) },
    {
      provide: AnthropicChatModel,
      inject: [LlmSettings, SimulatedUpstreams, Pricing, ModelTransport, Observer],
      useFactory: anthropic,
    },
    {
      provide: ChatModel,
      inject: [AnthropicChatModel, Pricing, Observer, BreakerRegistry, LlmSettings],
      useFactory: (api: AnthropicChatModel, pricing: Pricing, observer: Observer, breakers: BreakerRegistry, settings: LlmSettings) => {
        const priced = new PricedChatModel(api, pricing, (model) => observer.note('model.unpriced', { model }));
        const observed = new ObservedChatModel(priced, observer);
        return new ResilientChatModel(observed, breakers.get(`llm:${api.identity.name}`), settings.callMilliseconds);
      },
    },
  ],
  exports: [ChatModel],
})
export class LlmModule {}

function anthropic(settings: LlmSettings, simulated: SimulatedUpstreams, pricing: Pricing, transport: ModelTransport, observer: Observer): AnthropicChatModel {
  return new AnthropicChatModel({
    identity: modelIdentity(settings, simulated.url, pricing.defaultModel),
    apiKey: settings.apiKey?.reveal() ?? NO_KEY,
    baseUrl: simulated.url ?? settings.baseUrl,
    fetch: transport.fetch,
    silenceMilliseconds: settings.silenceMilliseconds,
  }, (kind, limit, remaining) => observer.note('rate_limit.seen', { kind, limit, remaining }));
}
