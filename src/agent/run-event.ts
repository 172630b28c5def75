import type { Reply, ToolUseBlock } from '../kernel/transcript.js';
import type { ToolOutcome } from '../tools/toolbox.js';

/** What happens in a run, as it happens. Clients see a projection of these; nobody may slow the run down with them. */
export type RunEvent =
  | { readonly type: 'iteration.started'; readonly iteration: number }
  | { readonly type: 'text.delta'; readonly text: string }
  | { readonly type: 'reply.received'; readonly reply: Reply }
  | { readonly type: 'tool.started'; readonly call: ToolUseBlock }
  | { readonly type: 'tool.completed'; readonly outcome: ToolOutcome }
  | { readonly type: 'iteration.completed'; readonly iteration: number };

export type RunEventSink = (event: RunEvent) => void;
