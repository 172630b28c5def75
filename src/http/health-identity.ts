import { Injectable } from '@nestjs/common';
import { ChatModel } from '../llm/chat-model.js';
import { ServiceSettings } from '../settings/settings.js';

/** What a readiness answer says about who is answering. */
@Injectable()
export class HealthIdentity {
  constructor(private readonly service: ServiceSettings, private readonly model: ChatModel) {}

  describe(): object {
    return { service: this.service.name, version: this.service.version, model: this.model.identity.name, simulated: this.model.identity.simulated };
  }
}
