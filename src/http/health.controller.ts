import { Controller, Get, HttpException, Res } from '@nestjs/common';
import { HealthCheckService, type HealthCheckResult } from '@nestjs/terminus';
import type { FastifyReply } from 'fastify';
import { Observer } from '../kernel/observer.js';
import { HealthChecks, type HealthStatus } from './health-checks.js';
import { HealthIdentity } from './health-identity.js';
import { Lifecycle } from './lifecycle.js';

const VALUES = { healthy: 1, degraded: 0.5, failed: 0 } as const;

/** The probes. Liveness asks only whether the process answers; readiness whether it should get requests. */
@Controller('health')
export class HealthController {
  private last: HealthStatus | undefined;

  constructor(
    private readonly health: HealthCheckService,
    private readonly checks: HealthChecks,
    private readonly observer: Observer,
    private readonly lifecycle: Lifecycle,
    private readonly about: HealthIdentity,
  ) {}

  @Get('live')
  live(): object {
    this.observer.note('health.live', { status: 'healthy' });
    return { status: 'healthy' };
  }

  @Get('ready')
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<object> {
    const checks = this.read(await this.run());
    const statuses = Object.values(checks).map(({ status }) => status);
    const status = this.lifecycle.draining || statuses.includes('failed') ? 'failed' : statuses.includes('degraded') ? 'degraded' : 'healthy';
    this.tell(status, checks);
    void reply.status(status === 'failed' ? 503 : 200).header('cache-control', 'no-store');
    return { status, ...this.about.describe(), ...(this.lifecycle.draining && { draining: true }), checks };
  }

  /** Terminus throws when a check is down; its verdict is in the error. */
  private async run(): Promise<HealthCheckResult> {
    try {
      return await this.health.check(this.checks.all());
    } catch (error) {
      if (error instanceof HttpException) return error.getResponse() as HealthCheckResult;
      throw error;
    }
  }

  private read({ details }: HealthCheckResult): Record<string, { status: HealthStatus; detail: string }> {
    return Object.fromEntries(Object.entries(details).map(([check, result]) => [
      check, { status: (result.health as HealthStatus | undefined) ?? 'failed', detail: String(result.detail as string) },
    ]));
  }

  private tell(status: HealthStatus, checks: Record<string, { status: HealthStatus }>): void {
    for (const [check, result] of Object.entries(checks)) {
      this.observer.note('health.checked', { check, status: result.status, value: VALUES[result.status] });
    }
    this.observer.note(status === this.last ? 'health.ready' : 'health.changed', { status });
    this.last = status;
  }
}
