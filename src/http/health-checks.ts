import { Injectable } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import { statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { StoreSettings } from '../settings/settings.js';
import { Database } from '../store/sql/database.js';
import { NoteStore } from '../tools/builtin/notes/note-store.js';
import { DependencyChecks, type DependencyState } from './dependency-checks.js';

export type HealthStatus = 'healthy' | 'degraded' | 'failed';

const MEBIBYTE = 1_048_576;
/** Free space below which somebody should look: some hours of logs and notes. */
const DEGRADED_BELOW_BYTES = 256 * MEBIBYTE;
/** Free space below which nothing can be relied on to be written. */
const FAILED_BELOW_BYTES = 16 * MEBIBYTE;

/** What must be true for the service to take requests. Degraded still takes them: a full disk must not evict every replica at once. */
@Injectable()
export class HealthChecks {
  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly dependencies: DependencyChecks,
    private readonly notes: NoteStore,
    private readonly settings: StoreSettings,
    private readonly database: Database,
  ) {}

  all(): (() => Promise<HealthIndicatorResult>)[] {
    return [
      async () => this.dependency('api_key', this.dependencies.apiKey()),
      async () => this.dependency('model', this.dependencies.models()),
      async () => this.dependency('tools', this.dependencies.tools()),
      async () => this.dependency('telemetry', this.dependencies.telemetry()),
      async () => this.store(),
      () => this.disk(),
      () => this.notesFolder(),
    ];
  }

  private dependency(check: string, { health, detail }: DependencyState): HealthIndicatorResult {
    return this.report(check, health, detail);
  }

  /** Nothing is answered without it. From memory: a store that hangs must not make the probe hang. */
  private store(): HealthIndicatorResult {
    const { ok, detail } = this.database.health();
    return this.report('store', ok ? 'healthy' : 'failed', detail);
  }

  private async disk(): Promise<HealthIndicatorResult> {
    const free = await freeBytes(resolve(this.settings.directory));
    if (free === undefined) return this.report('disk', 'degraded', 'free space can not be read');
    const detail = `${Math.floor(free / MEBIBYTE)} MiB free`;
    return this.report('disk', free < FAILED_BELOW_BYTES ? 'failed' : free < DEGRADED_BELOW_BYTES ? 'degraded' : 'healthy', detail);
  }

  /** Everything but save_note works without it, so the service goes on. */
  private async notesFolder(): Promise<HealthIndicatorResult> {
    const writable = await this.notes.writable();
    return this.report('notes', writable ? 'healthy' : 'degraded', writable ? 'writable' : 'notes can not be written');
  }

  private report(check: string, health: HealthStatus, detail: string): HealthIndicatorResult {
    const indicator = this.indicators.check(check);
    return health === 'failed' ? indicator.down({ health, detail }) : indicator.up({ health, detail });
  }
}

/** Free bytes where `directory` is or would be made. */
async function freeBytes(directory: string): Promise<number | undefined> {
  for (let at = directory; ; at = dirname(at)) {
    try {
      const { bavail, bsize } = await statfs(at);
      return bavail * bsize;
    } catch {
      if (at === dirname(at)) return undefined;
    }
  }
}
