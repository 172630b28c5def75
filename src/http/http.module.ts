import { Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { TerminusModule } from '@nestjs/terminus';
import { AgentModule } from '../agent/agent.module.js';
import { QueueModule } from '../queue/queue.module.js';
import { SloModule } from '../slo/slo.module.js';
import { StoreModule } from '../store/store.module.js';
import { ChatController } from './chat.controller.js';
import { DependencyChecks } from './dependency-checks.js';
import { DocsController } from './docs/docs.controller.js';
import { FailureFilter } from './failure.filter.js';
import { HealthChecks } from './health-checks.js';
import { HealthController } from './health.controller.js';
import { HealthIdentity } from './health-identity.js';
import { HttpServer } from './http-server.js';
import { IndexController } from './index.controller.js';
import { Lifecycle } from './lifecycle.js';
import { OpenAiModule } from './openai/openai.module.js';
import { ConversationsController } from './runs/conversations.controller.js';
import { RunbooksController } from './runbooks.controller.js';
import { RunResponder } from './runs/run-responder.js';
import { RunStreams } from './runs/run-streams.js';
import { RunsController } from './runs/runs.controller.js';
import { SloController } from './slo.controller.js';

@Module({
  imports: [AgentModule, StoreModule, QueueModule, SloModule, OpenAiModule, TerminusModule.forRoot({ logger: false })],
  controllers: [ChatController, RunsController, ConversationsController, HealthController, IndexController, DocsController, SloController, RunbooksController],
  providers: [DependencyChecks, HealthChecks, HealthIdentity, HttpServer, Lifecycle, RunResponder, RunStreams, { provide: APP_FILTER, useClass: FailureFilter }],
  exports: [HttpServer, Lifecycle],
})
export class HttpModule {}
