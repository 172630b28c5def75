import { Injectable } from '@nestjs/common';
import { ChatModel } from '../llm/chat-model.js';
import { ModelHealth } from '../llm/model-health.js';
import { BreakerRegistry } from '../resilience/breaker-registry.js';
import { LlmSettings } from '../settings/settings.js';
import { ExportHealth } from '../tracing/export-health.js';

/** What a check found: never worse than degraded, for every replica depends on the same things, and none may be taken out for that. */
export interface DependencyState {
  readonly health: 'healthy' | 'degraded';
  readonly detail: string;
}

/** How the models and the upstreams of tools are, as far as calls have shown. A probe makes no call: it would cost money. */
@Injectable()
export class DependencyChecks {
  constructor(
    private readonly model: ChatModel,
    private readonly modelHealth: ModelHealth,
    private readonly breakers: BreakerRegistry,
    private readonly settings: LlmSettings,
    private readonly exports: ExportHealth,
  ) {}

  apiKey(): DependencyState {
    if (this.model.identity.simulated) return { health: 'healthy', detail: 'no key is set: the SIMULATED model answers' };
    return { health: 'healthy', detail: this.settings.apiKey ? 'set' : 'not set; ANTHROPIC_BASE_URL names a server that may need none' };
  }

  models(): DependencyState {
    const problems = [...this.modelHealth.problems].map(([name, problem]) => `${name}: ${problem}`);
    return found([...problems, ...this.unavailable('llm:')], 'no call has shown a problem');
  }

  tools(): DependencyState {
    return found(this.unavailable('tool:'), 'no breaker is open');
  }

  /** A collector that is away costs no answer, but its data: somebody has to know. */
  telemetry(): DependencyState {
    const { isTaken, detail } = this.exports.describe();
    return { health: isTaken ? 'healthy' : 'degraded', detail };
  }

  private unavailable(prefix: string): string[] {
    return this.breakers.openNames().filter((name) => name.startsWith(prefix)).map((name) => `${name.slice(prefix.length)}: its circuit breaker is open`);
  }
}

function found(problems: readonly string[], nothing: string): DependencyState {
  return problems.length > 0 ? { health: 'degraded', detail: problems.join('; ') } : { health: 'healthy', detail: nothing };
}
