import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Observer } from '../kernel/observer.js';

/** Where the process is between its start and its end. */
@Injectable()
export class Lifecycle implements OnApplicationShutdown {
  private isDraining = false;
  private reason = 'finished';

  constructor(private readonly observer: Observer) {}

  /** True from the moment the process was asked to end: load balancers must stop sending requests. */
  get draining(): boolean {
    return this.isDraining;
  }

  drain(reason: string): void {
    if (this.isDraining) return;
    this.isDraining = true;
    this.reason = reason;
    this.observer.note('application.draining', { reason });
  }

  /** @internal The last line of the log: nothing was cut off. */
  onApplicationShutdown(): void {
    this.observer.note('application.shutdown', { reason: this.reason });
  }
}
