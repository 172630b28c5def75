import { Module, type OnApplicationShutdown } from '@nestjs/common';
import { Observer } from '../kernel/observer.js';
import { StoreSettings } from '../settings/settings.js';
import { RunStore } from '../store/run-store.js';
import { StoreModule } from '../store/store.module.js';
import { InProcessRunQueue } from './in-process-run-queue.js';
import { PgBossRunQueue } from './pg-boss-run-queue.js';
import { RunQueue } from './run-queue.js';

/** One queue for all processes where they share a Postgres; else this process is all there is. */
@Module({
  imports: [StoreModule],
  providers: [{
    provide: RunQueue,
    inject: [StoreSettings, RunStore, Observer],
    useFactory: ({ postgresUrl }: StoreSettings, store: RunStore, observer: Observer) => (postgresUrl
      ? new PgBossRunQueue(postgresUrl.reveal(), ({ message }) => observer.note('queue.failed', { error: message }))
      : new InProcessRunQueue(store)),
  }],
  exports: [RunQueue],
})
export class QueueModule implements OnApplicationShutdown {
  constructor(private readonly queue: RunQueue) {}

  async onApplicationShutdown(): Promise<void> {
    await this.queue.close();
  }
}
