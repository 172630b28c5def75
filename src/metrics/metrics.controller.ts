import { Controller, Get, Headers, Res } from '@nestjs/common';
import { PrometheusController } from '@willsoto/nestjs-prometheus';
import type { FastifyReply } from 'fastify';
import { Registry } from 'prom-client';
import { Observer } from '../kernel/observer.js';
import { expose } from './exposition.js';

/** `GET /metrics`, as Prometheus text or, when asked for, as OpenMetrics with exemplars. */
@Controller()
export class MetricsController extends PrometheusController {
  constructor(private readonly registry: Registry, private readonly observer: Observer) {
    super();
  }

  @Get()
  override async index(@Res({ passthrough: true }) reply: FastifyReply, @Headers('accept') accept = ''): Promise<string> {
    const startedAt = performance.now();
    const { contentType, body } = await expose(this.registry, accept);
    void reply.header('content-type', contentType).header('cache-control', 'no-store');
    this.observer.note('metrics.scraped', { bytes: Buffer.byteLength(body), duration_seconds: (performance.now() - startedAt) / 1_000 });
    return body;
  }
}
