import { Global, Module } from '@nestjs/common';
import { PrometheusModule } from '@willsoto/nestjs-prometheus';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { MetricReader } from '../kernel/metric-reader.js';
import { MetricsSettings } from '../settings/settings.js';
import { MeterBoard } from './meter-board.js';
import { MetricsController } from './metrics.controller.js';
import { MetricsPillar } from './metrics.pillar.js';
import { RegistryReader } from './registry-reader.js';

/** Owns the registry and its endpoint. One registry per application, so that two in one process do not share counts. */
@Global()
@Module({
  imports: [PrometheusModule.register({ controller: MetricsController, defaultMetrics: { enabled: false } })],
  providers: [
    MetricsPillar,
    { provide: Registry, useFactory: createRegistry },
    { provide: MeterBoard, inject: [Registry, MetricsSettings], useFactory: (registry: Registry, settings: MetricsSettings) => new MeterBoard(registry, settings) },
    { provide: MetricReader, inject: [Registry], useFactory: (registry: Registry) => new RegistryReader(registry) },
  ],
  exports: [MetricsPillar, MetricReader, Registry],
})
export class MetricsModule {}

/** OpenMetrics before any metric exists: prom-client refuses exemplars otherwise. */
function createRegistry(): Registry {
  const registry = new Registry();
  (registry as unknown as Registry<typeof Registry.OPENMETRICS_CONTENT_TYPE>).setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  collectDefaultMetrics({ register: registry });
  return registry;
}
