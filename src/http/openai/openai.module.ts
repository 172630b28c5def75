import { Module } from '@nestjs/common';
import { AgentModule } from '../../agent/agent.module.js';
import { StoreModule } from '../../store/store.module.js';
import { CompletionsController } from './completions.controller.js';
import { ModelsController } from './models.controller.js';

/** The agent for clients of the OpenAI API. */
@Module({
  imports: [AgentModule, StoreModule],
  controllers: [CompletionsController, ModelsController],
})
export class OpenAiModule {}
