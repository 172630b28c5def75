import { Injectable } from '@nestjs/common';
import { textOf, toolCallsOf, type Message, type Reply, type StopReason } from '../kernel/transcript.js';
import { ChatModel } from '../llm/chat-model.js';
import { Toolbox } from '../tools/toolbox.js';
import type { RunEventSink } from './run-event.js';
import { RunawayWatch } from './runaway-watch.js';
import type { Steps } from './steps.js';
import { withoutTools } from './system-prompt.js';
import { asksForTools, resultsTurn } from './turns.js';

export interface LoopOptions {
  readonly system: string;
  readonly maxIterations: number;
  readonly signal: AbortSignal;
  readonly emit: RunEventSink;
  /** True when `emit` knows what `reply.restarted` means: the text it got of this reply is void. */
  readonly mayRestart: boolean;
  /** Gives back what an earlier attempt of this run has done already, and keeps what this one does. */
  readonly steps: Steps;
}

export interface Ending {
  readonly stopReason: StopReason | 'max_iterations' | 'tool_loop';
  readonly text: string;
  readonly iterations: number;
  /** The turns this run adds to its conversation: a valid continuation of the history it was given. */
  readonly turns: readonly Message[];
}

/** Asks the model, runs the tools it asks for, and repeats until it answers, goes in circles, or its iterations run out. */
@Injectable()
export class AgentLoop {
  constructor(private readonly model: ChatModel, private readonly toolbox: Toolbox) {}

  async run(history: readonly Message[], question: string, options: LoopOptions): Promise<Ending> {
    const { maxIterations, signal, emit, steps } = options;
    const runaway = new RunawayWatch();
    const turns: Message[] = [{ role: 'user', content: question }];
    for (let iteration = 1; iteration <= maxIterations; iteration++) {
      signal.throwIfAborted();
      const reply = await steps.reply(() => this.ask([...history, ...turns], iteration, options));
      turns.push({ role: 'assistant', content: reply.content });
      if (!asksForTools(reply)) return { stopReason: reply.stopReason, text: textOf(reply.content), iterations: iteration, turns };
      const calls = toolCallsOf(reply.content);
      const outcomes = await steps.outcomes(calls, this.toolbox, signal);
      turns.push(resultsTurn(outcomes));
      emit({ type: 'iteration.completed', iteration });
      if (runaway.isStuck(calls, outcomes)) return { stopReason: 'tool_loop', text: '', iterations: iteration, turns };
    }
    return { stopReason: 'max_iterations', text: '', iterations: maxIterations, turns };
  }

  private ask(messages: readonly Message[], iteration: number, { system, signal, emit, mayRestart }: LoopOptions): Promise<Reply> {
    const { tools, withdrawn } = this.toolbox.offer();
    emit({ type: 'iteration.started', iteration, withdrawn });
    const onRestart = mayRestart ? (attempt: number) => emit({ type: 'reply.restarted', attempt }) : undefined;
    const options = { signal, onText: (text: string) => emit({ type: 'text.delta', text }), onRestart };
    return this.model.complete({ system: withoutTools(system, withdrawn), messages, tools }, options);
  }
}
