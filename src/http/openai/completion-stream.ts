import type { RunEvent } from '../../agent/run-event.js';
import type { RunResult } from '../../agent/run-result.js';
import type { ErrorType } from '../../kernel/failure.js';
import type { Problem } from '../problem.js';
import type { SseStream } from '../sse-stream.js';
import { chunkBody, toCompletion, usageChunkBody, type ChunkDelta, type ChunkFrame, type Completion } from './completion.js';
import { toOpenAiError } from './openai-error.js';

/** Milliseconds after which a stream begins although there is nothing to say yet: proxies give up silent requests after 30 to 60 s. */
const OPENING_MILLISECONDS = 15_000;

/** Endings whose reply is a sentence of ours, which nobody has seen yet. */
const SPOKEN_BY_US: readonly (ErrorType | null)[] = ['max_iterations', 'tool_loop', 'refusal'];

export interface CompletionStreamOptions {
  /** Called once, right before the first byte. */
  readonly onOpen: () => void;
  readonly includeUsage: boolean;
  /** True when the client asked to see the tools at work. */
  readonly toolProgress: boolean;
}

/**
 * Shows a run as chunks of a chat completion. Until the first text, tool call or 15 s nothing is sent, so that a run that fails
 * early is answered with a status, which clients know how to repeat.
 */
export class CompletionStream {
  private text = '';
  private isNewReply = false;
  private readonly opening: NodeJS.Timeout;

  constructor(private readonly sse: SseStream, private readonly frame: ChunkFrame, private readonly options: CompletionStreamOptions) {
    this.opening = setTimeout(() => this.open(), OPENING_MILLISECONDS);
    this.opening.unref();
  }

  happened(event: RunEvent): void {
    switch (event.type) {
      case 'text.delta': return this.say(event.text);
      case 'tool.started': return this.progress({ id: event.call.id, name: event.call.name, status: 'started', error_type: null });
      case 'tool.completed': return this.completedTool(event);
      case 'reply.received': {
        this.isNewReply = true;
        return;
      }
      default: return;
    }
  }

  /** Sends what is left to say, and the end. */
  completed(result: RunResult): void {
    this.isNewReply = true;
    if (SPOKEN_BY_US.includes(result.error_type) && !this.text.endsWith(result.reply)) this.say(result.reply);
    this.end(toCompletion(this.frame, result));
  }

  /** Sends a whole answer that no run gave. */
  answered(completion: Completion): void {
    this.say(completion.content);
    this.end(completion);
  }

  /** Only for a stream that has begun: no `[DONE]` follows, so that nobody takes what was sent for an answer. */
  failed(problem: Problem): void {
    this.sse.sendData(toOpenAiError(problem));
    this.sse.end();
  }

  /** Nothing is sent any more unless something happens. */
  close(): void {
    clearTimeout(this.opening);
  }

  private end({ finishReason, usage }: Completion): void {
    this.chunk({}, finishReason);
    if (this.options.includeUsage) this.sse.sendData(usageChunkBody(this.frame, usage));
    this.sse.sendData('[DONE]');
    this.sse.end();
  }

  /** What the model says before and behind its tool calls are paragraphs of one answer. */
  private say(text: string): void {
    const gap = this.isNewReply && this.text !== '' ? '\n\n' : '';
    this.isNewReply = false;
    this.text += gap + text;
    this.chunk({ content: gap + text });
  }

  private completedTool({ outcome: { toolUseId: id, toolName: name, errorType } }: Extract<RunEvent, { readonly type: 'tool.completed' }>): void {
    this.progress({ id, name, status: errorType ? 'error' : 'success', error_type: errorType ?? null });
  }

  private progress(data: object): void {
    this.open();
    if (this.options.toolProgress) this.sse.send('task-agent.tool.progress', data);
  }

  private chunk(delta: ChunkDelta, finishReason?: Completion['finishReason']): void {
    this.open();
    this.sse.sendData(chunkBody(this.frame, delta, finishReason));
  }

  private open(): void {
    if (this.sse.isOpen) return;
    this.close();
    this.options.onOpen();
    this.sse.sendData(chunkBody(this.frame, { role: 'assistant', content: '' }));
  }
}
