import { toolCallsOf, type Message, type Reply } from '../kernel/transcript.js';
import type { ToolOutcome } from '../tools/toolbox.js';

/** Only a reply that stopped to use tools has complete tool inputs: one cut short by `max_tokens` can look whole and is not. */
export function asksForTools(reply: Reply): boolean {
  return reply.stopReason === 'tool_use' && toolCallsOf(reply.content).length > 0;
}

/** The turn that answers the tool calls of a reply: one result each, in their order. */
export function resultsTurn(outcomes: readonly ToolOutcome[]): Message {
  return {
    role: 'user',
    content: outcomes.map(({ toolUseId, content, errorType }) => ({
      type: 'tool_result', tool_use_id: toolUseId, content, ...(errorType && { is_error: true as const }),
    })),
  };
}
