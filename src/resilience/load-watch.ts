import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { getHeapStatistics } from 'node:v8';
import { LagMeter } from './lag-meter.js';
import { LoadShedder } from './load-shedder.js';

/** Looks between two readings of the heap: it costs some microseconds, and grows slowly. */
const LOOKS_PER_HEAP_READING = 10;

/** Shows the load of this process to its shedder, from the end of the start to the end of the process. */
@Injectable()
export class LoadWatch implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly lag = new LagMeter();
  private readonly ended = new AbortController();
  private looks = 0;
  private heapRatio = 0;

  constructor(private readonly shedder: LoadShedder) {}

  /** Not earlier: the start itself blocks the loop, and nobody waits for it. */
  onApplicationBootstrap(): void {
    this.lag.watch(() => this.look(), this.ended.signal);
  }

  onApplicationShutdown(): void {
    this.ended.abort();
  }

  private look(): void {
    if (this.looks++ % LOOKS_PER_HEAP_READING === 0) this.heapRatio = heapRatio();
    this.shedder.look({ lagMilliseconds: this.lag.p99, heapRatio: this.heapRatio });
  }
}

function heapRatio(): number {
  const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics();
  return used / limit;
}
