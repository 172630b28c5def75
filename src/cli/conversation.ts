import type { AgentService } from '../agent/agent.service.js';
import type { RunEvent } from '../agent/run-event.js';
import { parseMessage } from '../http/chat.schema.js';
import { toProblem } from '../http/problem.js';
import { CLI_USER, correlationIdFrom } from '../kernel/run-context.js';
import { terminalText } from '../kernel/text.js';
import { answerLine } from './answer-line.js';
import { interruption } from './interruption.js';

export interface Screen {
  /** Writes to the person who is talking. */
  readonly write: (text: string) => void;
  /** Dims what is not part of the answer. */
  readonly quiet: (text: string) => string;
}

/** One conversation at a terminal: streams each answer, shows tools as they run, and can be interrupted. */
export class Conversation {
  private conversationId: string | undefined;
  private running: AbortController | undefined;

  constructor(private readonly agent: AgentService, private readonly screen: Screen) {}

  get isAnswering(): boolean {
    return this.running !== undefined;
  }

  /** Ends the answer that is being given. */
  interrupt(): void {
    this.running?.abort(interruption());
  }

  /** Answers one line. Resolves with false when there was no good answer; never throws for a failed one. */
  async say(line: string): Promise<boolean> {
    const correlationId = correlationIdFrom(undefined);
    this.running = new AbortController();
    const printer = new AnswerPrinter(this.screen);
    try {
      const result = await this.agent.ask({
        message: parseMessage(line), channel: 'repl', correlationId, userId: CLI_USER,
        ...(this.conversationId !== undefined && { conversationId: this.conversationId }),
      }, { signal: this.running.signal, mayRestart: true, onEvent: (event) => printer.happened(event) });
      this.conversationId = result.conversation_id;
      printer.finish(result.reply);
      this.screen.write(`${this.screen.quiet(answerLine(result))}\n`);
      return result.outcome === 'success';
    } catch (error) {
      const { code, detail } = toProblem(error, correlationId);
      printer.finish('');
      this.screen.write(`${this.screen.quiet(`${terminalText(detail)} (${code}, ${correlationId})`)}\n`);
      return false;
    } finally {
      this.running = undefined;
    }
  }
}

/** Prints an answer as it comes, and the tools between its parts on lines of their own. */
class AnswerPrinter {
  private midLine = false;
  private printed = false;

  constructor(private readonly screen: Screen) {}

  happened(event: RunEvent): void {
    if (event.type === 'text.delta') this.text(event.text);
    if (event.type === 'tool.started') this.line(`→ ${event.call.name} ${JSON.stringify(event.call.input)}`);
    if (event.type === 'tool.completed') this.line(`${event.outcome.errorType ? '✗' : '←'} ${event.outcome.toolName}: ${event.outcome.content}`);
    if (event.type === 'reply.restarted') this.line('(the model broke off; its answer begins anew)');
    if (event.type === 'run.degraded') this.line(`(without ${event.component}, which is not available)`);
  }

  /** Ends the line; prints `reply` if nothing of the answer was streamed. */
  finish(reply: string): void {
    if (!this.printed) this.text(reply);
    this.newLine();
  }

  private text(text: string): void {
    const shown = terminalText(text);
    if (shown === '') return;
    this.screen.write(shown);
    this.midLine = !shown.endsWith('\n');
    this.printed = true;
  }

  private line(text: string): void {
    this.newLine();
    const shown = terminalText(text).replaceAll('\n', ' ');
    this.screen.write(`${this.screen.quiet(shown.length > 160 ? `${shown.slice(0, 160).toWellFormed()}…` : shown)}\n`);
    this.printed = false;
  }

  private newLine(): void {
    if (this.midLine) this.screen.write('\n');
    this.midLine = false;
  }
}
