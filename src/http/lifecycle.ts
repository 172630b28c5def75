import { Injectable } from '@nestjs/common';
import { Observer } from '../kernel/observer.js';

/** Where the process is between its start and its end. */
@Injectable()
export class Lifecycle {
  private isDraining = false;

  constructor(private readonly observer: Observer) {}

  /** True from the moment the process was asked to end: load balancers must stop sending requests. */
  get draining(): boolean {
    return this.isDraining;
  }

  drain(reason: string): void {
    if (this.isDraining) return;
    this.isDraining = true;
    this.observer.note('application.draining', { reason });
  }
}
