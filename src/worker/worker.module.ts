import { Module } from '@nestjs/common';
import { AgentModule } from '../agent/agent.module.js';
import { QueueModule } from '../queue/queue.module.js';
import { StoreModule } from '../store/store.module.js';
import { Recovery } from './recovery.js';
import { RunWorker } from './run-worker.js';
import { Upkeep } from './upkeep.js';
import { Work } from './work.js';

@Module({
  imports: [AgentModule, QueueModule, StoreModule],
  providers: [RunWorker, Recovery, Upkeep, Work],
  exports: [Work],
})
export class WorkerModule {}
