import type { RunEvent } from '../agent/run-event.js';
import type { RunResult } from '../agent/run-result.js';
import type { ToolOutcome } from '../tools/toolbox.js';
import type { Problem } from './problem.js';
import type { SseStream } from './sse-stream.js';

/** Version of the events below; it changes when a client that knows them would break. */
const EVENTS_VERSION = 1;

/** Shows a run as server-sent events: run.started, text.delta, tool.started, tool.completed, degraded, restart, and one of run.completed or error. */
export class ChatStream {
  private ids: { readonly run_id: string; readonly conversation_id: string } | undefined;

  constructor(private readonly stream: SseStream, private readonly correlationId: string) {}

  /** Nothing is sent yet: a run that is refused at once can still be answered with a status. */
  started(ids: { readonly run_id: string; readonly conversation_id: string }): void {
    this.ids = ids;
  }

  happened(event: RunEvent): void {
    if (!this.stream.isOpen) this.stream.send('run.started', { version: EVENTS_VERSION, ...this.ids, correlation_id: this.correlationId });
    switch (event.type) {
      case 'text.delta': return this.stream.send('text.delta', { text: event.text });
      case 'tool.started': return this.stream.send('tool.started', { id: event.call.id, name: event.call.name });
      case 'tool.completed': return this.completedTool(event.outcome);
      case 'run.degraded': return this.stream.send('degraded', { component: event.component });
      case 'reply.restarted': return this.stream.send('restart', { attempt: event.attempt });
      case 'iteration.started':
      case 'iteration.completed':
      case 'reply.received': return;
    }
  }

  private completedTool({ toolUseId: id, toolName: name, errorType }: ToolOutcome): void {
    this.stream.send('tool.completed', { id, name, status: errorType ? 'error' : 'success', error_type: errorType ?? null });
  }

  completed(result: RunResult): void {
    this.stream.send('run.completed', result);
    this.stream.end();
  }

  failed(problem: Problem): void {
    this.stream.send('error', problem);
    this.stream.end();
  }
}
