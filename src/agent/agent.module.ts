import { Module, type OnApplicationBootstrap } from '@nestjs/common';
import { Observer } from '../kernel/observer.js';
import { CLI_USER } from '../kernel/run-context.js';
import { ChatModel } from '../llm/chat-model.js';
import { LlmModule } from '../llm/llm.module.js';
import { QueueModule } from '../queue/queue.module.js';
import { ResilienceModule } from '../resilience/resilience.module.js';
import { StoreModule } from '../store/store.module.js';
import { Toolbox } from '../tools/toolbox.js';
import { ToolRegistry } from '../tools/tool.registry.js';
import { ToolsModule } from '../tools/tools.module.js';
import { AgentLoop } from './agent-loop.js';
import { AgentService } from './agent.service.js';
import { Answerer } from './answerer.js';
import { HeldRuns } from './held-runs.js';
import { MendingChatModel } from './mending-chat-model.js';
import { RunExecutor } from './run-executor.js';
import { RunFeed } from './run-feed.js';
import { RunNews } from './run-news.js';

@Module({
  imports: [LlmModule, ToolsModule, StoreModule, QueueModule, ResilienceModule],
  providers: [
    AgentService, Answerer, RunExecutor, HeldRuns, RunNews, RunFeed,
    {
      provide: AgentLoop,
      inject: [ChatModel, Toolbox, Observer],
      useFactory: (model: ChatModel, toolbox: Toolbox, observer: Observer) => new AgentLoop(new MendingChatModel(model, observer), toolbox),
    },
  ],
  exports: [AgentService, RunExecutor, HeldRuns, RunFeed, LlmModule, ToolsModule, StoreModule, ResilienceModule],
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
