import type { NanoUsd } from '../kernel/money.js';
import { addUsage, NO_USAGE, type Usage } from '../kernel/transcript.js';
import type { RunEvent } from './run-event.js';

export interface ToolCallSummary {
  readonly id: string;
  readonly name: string;
  readonly status: 'success' | 'error';
  readonly error_type?: string;
}

/** What a run has used so far, added up from its events; true also for a run that fails half-way. */
export class RunTally {
  usage: Usage = NO_USAGE;
  cost: NanoUsd = 0;
  /** False when some reply had no price: then `cost` is only a lower bound. */
  priced = true;
  llmCalls = 0;
  readonly degraded = new Set<string>();
  private readonly calls = new Map<string, ToolCallSummary | undefined>();

  /** The tool calls that have ended, in the order in which the model made them. */
  get toolCalls(): readonly ToolCallSummary[] {
    return [...this.calls.values()].filter((call) => call !== undefined);
  }

  add(event: RunEvent): void {
    if (event.type === 'reply.received') {
      this.llmCalls++;
      this.usage = addUsage(this.usage, event.reply.usage);
      if (event.reply.cost === undefined) this.priced = false;
      else this.cost += event.reply.cost;
    }
    if (event.type === 'tool.started') this.calls.set(event.call.id, undefined); // keeps the order of the calls
    if (event.type === 'tool.completed') {
      const { toolUseId: id, toolName: name, errorType, degraded } = event.outcome;
      this.calls.set(id, { id, name, status: errorType ? 'error' : 'success', ...(errorType && { error_type: errorType }) });
      if (degraded) this.degraded.add(name);
    }
  }
}
