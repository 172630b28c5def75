import { Module, type OnApplicationBootstrap } from '@nestjs/common';
import { Observer } from '../kernel/observer.js';
import { CLI_USER } from '../kernel/run-context.js';
import { ChatModel } from '../llm/chat-model.js';
import { LlmModule } from '../llm/llm.module.js';
import { StoreModule } from '../store/store.module.js';
import { ToolRegistry } from '../tools/tool.registry.js';
import { ToolsModule } from '../tools/tools.module.js';
import { AgentLoop } from './agent-loop.js';
import { AgentService } from './agent.service.js';

@Module({
  imports: [LlmModule, ToolsModule, StoreModule],
  providers: [AgentLoop, AgentService],
  exports: [AgentService, LlmModule, ToolsModule],
})
export class AgentModule implements OnApplicationBootstrap {
  constructor(
    private readonly model: ChatModel,
    private readonly tools: ToolRegistry,
    private readonly observer: Observer,
  ) {}

  onApplicationBootstrap(): void {
    this.observer.note('agent.initialized', {
      model: this.model.identity.name,
      tools: this.tools.names(),
      users: [CLI_USER],
    });
  }
}
