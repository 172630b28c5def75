import type { ToolUseBlock } from '../kernel/transcript.js';
import type { BreakerRegistry } from '../resilience/breaker-registry.js';
import { breakerName } from './checked-tool-caller.js';
import type { RegisteredTool, ToolRegistry } from './tool.registry.js';
import { Toolbox, type Offer, type ToolCaller, type ToolEvents, type ToolOutcome } from './toolbox.js';

/** Tool calls of one reply that run at the same time; the rest wait. Enough for a person's question, too few to flood an upstream. */
const CONCURRENCY = 8;

/** Runs the calls of one reply side by side. When one throws (the request was aborted), the others see the same signal. */
export class ParallelToolbox extends Toolbox {
  constructor(private readonly registry: ToolRegistry, private readonly breakers: BreakerRegistry, private readonly caller: ToolCaller) {
    super();
  }

  /** A tool whose breaker is open is withdrawn: a model that is offered it would only waste a step. Half-open it is back, to be tried. */
  override offer(): Offer {
    const open = new Set(this.breakers.openNames());
    const offered = this.registry.offered();
    const isWithdrawn = ({ definition }: RegisteredTool) => open.has(breakerName(definition.name));
    if (open.size === 0) return { tools: offered.map(({ definition }) => definition), withdrawn: [] };
    return {
      tools: offered.filter((tool) => !isWithdrawn(tool)).map(({ definition }) => definition),
      withdrawn: offered.filter(isWithdrawn).map(({ definition }) => definition.name),
    };
  }

  /** A tool that does not exist does nothing, as often as it is called. */
  override mayRepeat({ name }: ToolUseBlock): boolean {
    return this.registry.get(name)?.options.sideEffect !== 'at_most_once';
  }

  override async execute(calls: readonly ToolUseBlock[], options: ToolEvents & { readonly signal: AbortSignal }): Promise<readonly ToolOutcome[]> {
    const outcomes: ToolOutcome[] = [];
    const waiting = calls.entries();
    const worker = async () => {
      for (const [index, call] of waiting) outcomes[index] = await this.one(call, options);
    };
    await Promise.all(Array.from({ length: Math.min(CONCURRENCY, calls.length) }, worker));
    return outcomes;
  }

  private async one(call: ToolUseBlock, { signal, onToolCompleted }: ToolEvents & { readonly signal: AbortSignal }): Promise<ToolOutcome> {
    const outcome = await this.caller.call(call, signal);
    onToolCompleted?.(outcome);
    return outcome;
  }
}
