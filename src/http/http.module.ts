import { Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { TerminusModule } from '@nestjs/terminus';
import { AgentModule } from '../agent/agent.module.js';
import { ChatController } from './chat.controller.js';
import { DependencyChecks } from './dependency-checks.js';
import { FailureFilter } from './failure.filter.js';
import { HealthChecks } from './health-checks.js';
import { HealthController } from './health.controller.js';
import { HealthIdentity } from './health-identity.js';
import { HttpServer } from './http-server.js';
import { IndexController } from './index.controller.js';
import { Lifecycle } from './lifecycle.js';

@Module({
  imports: [AgentModule, TerminusModule.forRoot({ logger: false })],
  controllers: [ChatController, HealthController, IndexController],
  providers: [DependencyChecks, HealthChecks, HealthIdentity, HttpServer, Lifecycle, { provide: APP_FILTER, useClass: FailureFilter }],
  exports: [HttpServer, Lifecycle],
})
export class HttpModule {}
