import { Module } from '@nestjs/common';
import { Clock } from '../kernel/clock.js';
import { MetricReader } from '../kernel/metric-reader.js';
import { ResilienceModule } from '../resilience/resilience.module.js';
import { APPLICATION_ROOT } from '../settings/process-environment.js';
import { SLO_FILE } from './generated-files.js';
import { readSlos } from './objectives.js';
import { SloService } from './slo.service.js';

@Module({
  imports: [ResilienceModule],
  providers: [{ provide: SloService, inject: [MetricReader, Clock], useFactory: (reader: MetricReader, clock: Clock) => new SloService(readSlos(`${APPLICATION_ROOT}${SLO_FILE}`), reader, clock) }],
  exports: [SloService],
})
export class SloModule {}
