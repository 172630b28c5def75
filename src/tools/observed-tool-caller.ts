import type { Observer } from '../kernel/observer.js';
import type { ToolUseBlock } from '../kernel/transcript.js';
import { ToolCaller, type ToolOutcome } from './toolbox.js';

/** Shows each tool call to the observer. A name the model made up is shown as `unknown`: it must not become a label. */
export class ObservedToolCaller extends ToolCaller {
  constructor(
    private readonly inner: ToolCaller,
    private readonly observer: Observer,
    private readonly criticalityOf: (name: string) => 'critical' | 'optional' | undefined,
  ) {
    super();
  }

  override call(call: ToolUseBlock, signal: AbortSignal): Promise<ToolOutcome> {
    const toolName = this.criticalityOf(call.name) ? call.name : 'unknown';
    const begin = { tool_name: toolName, tool_use_id: call.id, tool_input: call.input };
    return this.observer.observe('tool.call', begin, async (report) => {
      const outcome = await this.inner.call(call, signal);
      report.learn({
        result_length: outcome.content.length,
        result_bytes: Buffer.byteLength(outcome.content),
        tool_result: outcome.content,
      });
      if (outcome.errorType) report.flag(outcome.errorType, outcome.content);
      this.tell(toolName, outcome);
      return outcome;
    });
  }

  private tell(toolName: string, { toolUseId, errorType, degraded }: ToolOutcome): void {
    if (errorType === 'circuit_open') this.observer.note('tool.circuit_open', { tool_name: toolName });
    if (errorType && degraded && this.criticalityOf(toolName) === 'critical') {
      this.observer.note('tool.critical_failed', { tool_name: toolName, tool_use_id: toolUseId, error_type: errorType });
    }
  }
}
