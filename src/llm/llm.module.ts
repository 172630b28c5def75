import { Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Failure } from '../kernel/failure.js';
import { Observer } from '../kernel/observer.js';
import { SimulatedUpstreams } from '../kernel/simulated-upstreams.js';
import { Guards } from '../resilience/guards.js';
import type { Policy } from '../resilience/policy.js';
import { ResilienceModule } from '../resilience/resilience.module.js';
import { APPLICATION_ROOT } from '../settings/process-environment.js';
import { LlmSettings } from '../settings/settings.js';
import { ChatModel } from './chat-model.js';
import { FallbackChatModel } from './fallback-chat-model.js';
import { LightFetch } from './light-fetch.js';
import { MessagesApi } from './messages-api.js';
import { ModelHealth } from './model-health.js';
import { modelNames } from './model-identity.js';
import { ObservedChatModel } from './observed-chat-model.js';
import { PricedChatModel } from './priced-chat-model.js';
import { Pricing } from './pricing.js';
import { ResilientChatModel } from './resilient-chat-model.js';

@Injectable()
class ModelTransport extends LightFetch implements OnApplicationShutdown {
  constructor(settings: LlmSettings) {
    super(settings);
  }

  /** Not earlier: requests that are still answered when the process is asked to end need it to the last. */
  onApplicationShutdown(): Promise<void> {
    return this.close();
  }
}

/** The onion around a model, from the inside: the API, its price, the observer (one observation per attempt), resilience; around all models, the fallback. */
@Module({
  imports: [ResilienceModule],
  providers: [
    ModelTransport, ModelHealth,
    { provide: Pricing, useFactory: () => Pricing.read(`${APPLICATION_ROOT}config/models.yaml`) },
    {
      provide: MessagesApi,
      inject: [LlmSettings, SimulatedUpstreams, ModelTransport, Observer],
      useFactory: (settings: LlmSettings, simulated: SimulatedUpstreams, { fetch }: ModelTransport, observer: Observer) => new MessagesApi(settings, simulated.url, fetch, observer),
    },
    { provide: ChatModel, inject: [MessagesApi, Pricing, Guards, ModelHealth, Observer], useFactory: chatModel },
  ],
  exports: [ChatModel, ModelHealth],
})
export class LlmModule {}

function chatModel(api: MessagesApi, pricing: Pricing, guards: Guards, health: ModelHealth, observer: Observer): ChatModel {
  const limit = { milliseconds: api.settings.callMilliseconds, failure: tooSlow };
  const onion = (name: string, policy: Policy) => {
    const priced = new PricedChatModel(api.model(name), pricing, (model) => observer.note('model.unpriced', { model }));
    return new ResilientChatModel(new ObservedChatModel(priced, observer), policy, health);
  };
  const [first, ...others] = modelNames(api.settings, api.simulated, pricing.defaultModel);
  const model = onion(first, guards.model(first, limit));
  if (others.length === 0) return model;
  return new FallbackChatModel(model, others.map((name) => onion(name, guards.fallbackModel(name, limit))), observer);
}

function tooSlow(): Failure {
  return new Failure('upstream_timeout', { errorType: 'timeout', retryable: true, publicMessage: 'The model did not finish in time.' });
}
