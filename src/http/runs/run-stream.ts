import type { RunEvent } from '../../agent/run-event.js';
import type { RunResult } from '../../agent/run-result.js';
import type { ToolOutcome } from '../../tools/toolbox.js';
import type { Problem } from '../problem.js';
import type { SseStream } from '../sse-stream.js';

/** Version of the events below; it changes when a client that knows them would break. */
const EVENTS_VERSION = 1;

export interface RunIds {
  readonly run_id: string;
  readonly conversation_id: string;
  readonly correlation_id: string;
}

/**
 * Shows a run as server-sent events: run.started, text.delta, tool.started, tool.completed, degraded, restart, and one of
 * run.completed or error. The id of an event is its number in the run's log: whoever has seen it can go on behind it.
 */
export class RunStream {
  private last: number | undefined;

  constructor(private readonly stream: SseStream, private readonly ids: RunIds) {}

  happened(event: RunEvent, seq: number): void {
    this.last = seq;
    switch (event.type) {
      case 'run.started': return this.send('run.started', { version: EVENTS_VERSION, ...this.ids });
      case 'text.delta': return this.send('text.delta', { text: event.text });
      case 'tool.started': return this.send('tool.started', { id: event.call.id, name: event.call.name });
      case 'tool.completed': return this.completedTool(event.outcome);
      case 'run.degraded': return this.send('degraded', { component: event.component });
      case 'reply.restarted':
      case 'run.resumed': return this.send('restart', { attempt: event.attempt });
      case 'iteration.started':
      case 'iteration.completed':
      case 'reply.received':
      case 'run.handed_back':
      case 'run.ended': return;
    }
  }

  completed(result: RunResult, seq = this.last): void {
    this.stream.send('run.completed', result, seq);
    this.stream.end();
  }

  failed(problem: Problem, seq = this.last): void {
    this.stream.send('error', problem, seq);
    this.stream.end();
  }

  private send(event: string, data: object): void {
    this.stream.send(event, data, this.last);
  }

  private completedTool({ toolUseId: id, toolName: name, errorType }: ToolOutcome): void {
    this.send('tool.completed', { id, name, status: errorType ? 'error' : 'success', error_type: errorType ?? null });
  }
}
