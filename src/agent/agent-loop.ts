import { Injectable } from '@nestjs/common';
import { textOf, toolCallsOf, type Message, type Reply, type StopReason } from '../kernel/transcript.js';
import { ChatModel } from '../llm/chat-model.js';
import { Toolbox, type ToolOutcome } from '../tools/toolbox.js';
import type { RunEventSink } from './run-event.js';

export interface LoopOptions {
  readonly system: string;
  readonly maxIterations: number;
  readonly signal: AbortSignal;
  readonly emit: RunEventSink;
}

export interface Ending {
  readonly stopReason: StopReason | 'max_iterations';
  readonly text: string;
  readonly iterations: number;
  /** The turns this run adds to its conversation: a valid continuation of the history it was given. */
  readonly turns: readonly Message[];
}

/** Asks the model, runs the tools it asks for, and repeats until it answers or its iterations run out. */
@Injectable()
export class AgentLoop {
  constructor(private readonly model: ChatModel, private readonly toolbox: Toolbox) {}

  async run(history: readonly Message[], question: string, options: LoopOptions): Promise<Ending> {
    const { system, signal, emit } = options;
    const onText = (text: string) => emit({ type: 'text.delta', text });
    const turns: Message[] = [{ role: 'user', content: question }];
    for (let iteration = 1; iteration <= options.maxIterations; iteration++) {
      signal.throwIfAborted();
      emit({ type: 'iteration.started', iteration });
      const reply = await this.model.complete({ system, messages: [...history, ...turns], tools: this.toolbox.offered() }, { signal, onText });
      emit({ type: 'reply.received', reply });
      turns.push({ role: 'assistant', content: reply.content });
      if (!asksForTools(reply)) return { stopReason: reply.stopReason, text: textOf(reply.content), iterations: iteration, turns };

      const outcomes = await this.toolbox.execute(toolCallsOf(reply.content), {
        signal,
        onToolStarted: (call) => emit({ type: 'tool.started', call }),
        onToolCompleted: (outcome) => emit({ type: 'tool.completed', outcome }),
      });
      turns.push({ role: 'user', content: outcomes.map(toResultBlock) });
      emit({ type: 'iteration.completed', iteration });
    }
    return { stopReason: 'max_iterations', text: '', iterations: options.maxIterations, turns };
  }
}

/** Only a reply that stopped to use tools has complete tool inputs: one cut short by `max_tokens` can look whole and is not. */
function asksForTools(reply: Reply): boolean {
  return reply.stopReason === 'tool_use' && toolCallsOf(reply.content).length > 0;
}

function toResultBlock({ toolUseId, content, errorType }: ToolOutcome) {
  return { type: 'tool_result' as const, tool_use_id: toolUseId, content, ...(errorType && { is_error: true as const }) };
}
