import * as z from 'zod';
import type { ToolUseBlock } from '../../../src/kernel/transcript.js';
import { BreakerRegistry } from '../../../src/resilience/breaker-registry.js';
import { CheckedToolCaller } from '../../../src/tools/checked-tool-caller.js';
import type { ToolOptions } from '../../../src/tools/tool.decorator.js';
import { ToolHandler, type ToolContext } from '../../../src/tools/tool-handler.js';
import { ToolRegistry } from '../../../src/tools/tool.registry.js';
import { FakeClock } from '../../support/fake-clock.js';

/** What a tool does. Tools are user code, so it may return anything. */
export type Run = (input: unknown, context: ToolContext) => Promise<string>;

class InlineTool extends ToolHandler {
  constructor(private readonly work: Run) {
    super();
  }

  override run(input: unknown, context: ToolContext): Promise<string> {
    return this.work(input, context);
  }
}

/** A call to a tool of `setUp`. */
export function callTo(name: string, input: unknown = { text: 'x' }, id = 'toolu_1'): ToolUseBlock {
  return { type: 'tool_use', id, name, input };
}

/** Tools by name, each with one field `text`, behind a real caller whose breakers have a clock of their own. */
export function setUp(tools: Readonly<Record<string, Run>>, criticality: ToolOptions['criticality'] = 'critical', timeoutMilliseconds = 1_000) {
  const registry = new ToolRegistry();
  for (const [name, work] of Object.entries(tools)) {
    registry.register({ name, description: name, input: z.object({ text: z.string() }), criticality, sideEffect: 'none' }, new InlineTool(work));
  }
  const late: string[] = [];
  const clock = new FakeClock();
  const breakers = new BreakerRegistry(clock, { stateChanged: () => undefined, failed: () => undefined, rejected: () => undefined });
  const caller = new CheckedToolCaller(registry, breakers, { timeoutMilliseconds, onLate: (name) => late.push(name) });
  return { registry, caller, late, breakers, clock };
}
