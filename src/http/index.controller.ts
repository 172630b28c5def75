import { Controller, Get } from '@nestjs/common';
import { ChatModel } from '../llm/chat-model.js';
import { ServiceSettings } from '../settings/settings.js';

/** `GET /`: what runs here and where to go. */
@Controller()
export class IndexController {
  constructor(private readonly service: ServiceSettings, private readonly model: ChatModel) {}

  @Get()
  index(): object {
    return {
      service: this.service.name,
      version: this.service.version,
      model: this.model.identity.name,
      simulated: this.model.identity.simulated,
      endpoints: {
        chat: 'POST /chat {"message": "…", "conversation_id"?: "…"}; Accept: text/event-stream streams',
        liveness: 'GET /health/live',
        readiness: 'GET /health/ready',
        metrics: 'GET /metrics',
      },
    };
  }
}
