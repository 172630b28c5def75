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
        runs: 'POST /v1/runs the same, and {"priority"?: 0…9, "on_busy"?: "queue"}; Prefer: respond-async does not wait',
        openai: 'POST /v1/chat/completions',
        docs: 'GET /docs, for programs GET /docs/openapi.json',
        liveness: 'GET /health/live',
        readiness: 'GET /health/ready',
        metrics: 'GET /metrics',
        slo: 'GET /v1/slo',
        runbooks: 'GET /runbooks, for people who are woken',
      },
    };
  }
}
