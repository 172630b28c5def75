import { Injectable } from '@nestjs/common';
import { HttpServer } from '../http/http-server.js';
import { Lifecycle } from '../http/lifecycle.js';
import { Work } from '../worker/work.js';
import { Greeting } from './greeting.js';
import { untilSignal } from './until-signal.js';

export interface ServiceOptions {
  /** Default: PORT. */
  readonly port: number | undefined;
  /** True when it takes runs from the queue. */
  readonly takeRuns: boolean;
  /** True when requests may still come after SIGTERM, because a load balancer has not heard of it. */
  readonly isBalanced: boolean;
}

/** A process that listens and works until it is asked to end, and then brings what it has to its end. */
@Injectable()
export class Service {
  constructor(
    private readonly http: HttpServer,
    private readonly work: Work,
    private readonly lifecycle: Lifecycle,
    private readonly greeting: Greeting,
  ) {}

  /** Resolves when it is drained. @throws Failure when the store or the port can not be had */
  async run(mode: string, { port, takeRuns, isBalanced }: ServiceOptions): Promise<void> {
    const ended = untilSignal(this.lifecycle.limits);
    await this.work.open();
    const url = await this.http.listen(port);
    this.work.start({ takeRuns });
    this.greeting.started(mode);
    process.stderr.write(`${this.greeting.served(url)}\n`);
    const reason = await ended;
    // Only SIGTERM comes from somebody who takes the process out of a load balancer at the same time.
    await this.lifecycle.drain(reason, isBalanced && reason === 'SIGTERM' ? this.lifecycle.limits.drainDelayMilliseconds : 0);
  }
}
