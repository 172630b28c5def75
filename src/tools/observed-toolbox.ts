import type { Observer } from '../kernel/observer.js';
import type { ToolUseBlock } from '../kernel/transcript.js';
import { Toolbox, type Offer, type ToolEvents, type ToolOutcome } from './toolbox.js';

/** Shows each round of tool calls to the observer. */
export class ObservedToolbox extends Toolbox {
  constructor(private readonly inner: Toolbox, private readonly observer: Observer) {
    super();
  }

  override offer(): Offer {
    return this.inner.offer();
  }

  override mayRepeat(call: ToolUseBlock): boolean {
    return this.inner.mayRepeat(call);
  }

  override execute(calls: readonly ToolUseBlock[], options: ToolEvents & { readonly signal: AbortSignal }): Promise<readonly ToolOutcome[]> {
    const begin = { tool_count: calls.length, parallel: calls.length > 1 };
    return this.observer.observe('tools.execute', begin, () => this.inner.execute(calls, options));
  }
}
