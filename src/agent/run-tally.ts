import type { NanoUsd } from '../kernel/money.js';
import { addUsage, NO_USAGE, type Reply, type Usage } from '../kernel/transcript.js';
import type { ToolOutcome } from '../tools/toolbox.js';
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
  /** The model that stood in for the configured one when the last reply came. */
  model: string | undefined;
  readonly degraded = new Set<string>();
  private readonly calls = new Map<string, ToolCallSummary | undefined>();

  /** The tool calls that have ended, in the order in which the model made them. */
  get toolCalls(): readonly ToolCallSummary[] {
    return [...this.calls.values()].filter((call) => call !== undefined);
  }

  /** True when a tool was begun: from then on the run may have had an effect. */
  get hasCalledTools(): boolean {
    return this.calls.size > 0;
  }

  /** Components that this event shows to be missing for the first time in this run. */
  add(event: RunEvent): readonly string[] {
    switch (event.type) {
      case 'iteration.started': return this.missing(event.withdrawn);
      case 'reply.received': return this.reply(event.reply);
      case 'tool.started': this.calls.set(event.call.id, undefined); return []; // keeps the order of the calls
      case 'tool.completed': return this.outcome(event.outcome);
      default: return [];
    }
  }

  private reply(reply: Reply): readonly string[] {
    for (const { usage, cost } of [...reply.earlier ?? [], reply]) {
      this.llmCalls++;
      this.usage = addUsage(this.usage, usage);
      if (cost === undefined) this.priced = false;
      else this.cost += cost;
    }
    this.model = reply.fallback?.to;
    return this.missing(reply.fallback ? [`llm:${reply.fallback.from}`] : []);
  }

  private outcome({ toolUseId: id, toolName: name, errorType, degraded }: ToolOutcome): readonly string[] {
    this.calls.set(id, { id, name, status: errorType ? 'error' : 'success', ...(errorType && { error_type: errorType }) });
    return this.missing(degraded ? [name] : []);
  }

  private missing(components: readonly string[]): readonly string[] {
    const news = components.filter((component) => !this.degraded.has(component));
    for (const component of news) this.degraded.add(component);
    return news;
  }
}
