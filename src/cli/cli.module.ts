import { Module } from '@nestjs/common';
import { AgentModule } from '../agent/agent.module.js';
import { HttpModule } from '../http/http.module.js';
import { WorkerModule } from '../worker/worker.module.js';
import { AskCommand } from './ask.command.js';
import { ChatCommand } from './chat.command.js';
import { Greeting } from './greeting.js';
import { ServeCommand } from './serve.command.js';
import { Service } from './service.js';
import { SimulatorCommand } from './simulator.command.js';
import { SloCommand, SloGenerateCommand } from './slo.command.js';
import { WorkerCommand } from './worker.command.js';

/** The commands. A new one is one file and one line here. */
@Module({
  imports: [AgentModule, HttpModule, WorkerModule],
  providers: [Greeting, Service, ChatCommand, AskCommand, ServeCommand, SimulatorCommand, WorkerCommand, SloCommand, SloGenerateCommand],
})
export class CliModule {}
