import { Module } from '@nestjs/common';
import { AgentModule } from '../agent/agent.module.js';
import { HttpModule } from '../http/http.module.js';
import { AskCommand } from './ask.command.js';
import { ChatCommand } from './chat.command.js';
import { Greeting } from './greeting.js';
import { ServeCommand } from './serve.command.js';
import { SimulatorCommand } from './simulator.command.js';

/** The commands. A new one is one file and one line here. */
@Module({
  imports: [AgentModule, HttpModule],
  providers: [Greeting, ChatCommand, AskCommand, ServeCommand, SimulatorCommand],
})
export class CliModule {}
