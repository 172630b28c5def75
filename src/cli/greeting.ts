import { Injectable } from '@nestjs/common';
import { Observer } from '../kernel/observer.js';
import { ChatModel } from '../llm/chat-model.js';
import { Settings } from '../settings/settings.js';

/** What is said when something starts: which model answers, above all when it is not a real one. */
@Injectable()
export class Greeting {
  constructor(private readonly settings: Settings, private readonly model: ChatModel, private readonly observer: Observer) {}

  started(mode: string): void {
    const { name: model, simulated } = this.model.identity;
    // Through JSON, because a Secret shows itself there as what it is.
    this.observer.note('config.loaded', { settings: JSON.parse(JSON.stringify(this.settings)) as object });
    this.observer.note('application.started', { mode, model, simulated, version: this.settings.service.version });
  }

  served(url: string): string {
    return `task-agent ${this.settings.service.version} on ${url} (health: /health/ready, metrics: /metrics). ${this.modelLine()}`;
  }

  modelLine(): string {
    const { name, simulated } = this.model.identity;
    return simulated
      ? 'SIMULATED MODEL: no ANTHROPIC_API_KEY is set, so answers are played, not thought.'
      : `Model: ${name}.`;
  }
}
