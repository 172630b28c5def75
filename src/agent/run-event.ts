import type { Reply, ToolUseBlock } from '../kernel/transcript.js';
import type { ToolOutcome } from '../tools/toolbox.js';

/** What happens in a run, as it happens. Clients see a projection of these; nobody may slow the run down with them. */
export type RunEvent =
  | { readonly type: 'run.started' }
  /** Another process, or a later attempt, goes on with the run. Text of a reply that is not on record is void. */
  | { readonly type: 'run.resumed'; readonly attempt: number }
  /** `withdrawn`: tools that the model is not offered at this moment because their upstreams are down. */
  | { readonly type: 'iteration.started'; readonly iteration: number; readonly withdrawn: readonly string[] }
  | { readonly type: 'text.delta'; readonly text: string }
  /** The text of this reply so far is void: the model broke off and is asked again. */
  | { readonly type: 'reply.restarted'; readonly attempt: number }
  | { readonly type: 'reply.received'; readonly reply: Reply }
  | { readonly type: 'tool.started'; readonly call: ToolUseBlock }
  | { readonly type: 'tool.completed'; readonly outcome: ToolOutcome }
  /** The answer has to do without this from now on; once for each. */
  | { readonly type: 'run.degraded'; readonly component: string }
  | { readonly type: 'iteration.completed'; readonly iteration: number }
  /** The run went back to the queue; somebody else goes on with it. */
  | { readonly type: 'run.handed_back' }
  /** The last one: how it ended is in the run's record. */
  | { readonly type: 'run.ended' };

export type RunEventSink = (event: RunEvent) => void;

/** Sees what happens with its number in the run's log. Numbers grow, with gaps. */
export type RunListener = (event: RunEvent, seq: number) => void;
