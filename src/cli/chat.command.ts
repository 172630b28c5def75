import { createInterface, type Interface } from 'node:readline';
import { styleText } from 'node:util';
import { Command, CommandRunner, Option } from 'nest-commander';
import { AgentService } from '../agent/agent.service.js';
import { HttpServer } from '../http/http-server.js';
import { Lifecycle } from '../http/lifecycle.js';
import { Work } from '../worker/work.js';
import { boundLine } from './bound-line.js';
import { Conversation } from './conversation.js';
import { Greeting } from './greeting.js';
import { parsePort } from './parse-port.js';
import { untilSignal } from './until-signal.js';

const TOO_LONG = 'This is longer than a message may be. It is not asked; Enter goes on.';
const FAREWELLS = new Set(['exit', 'quit', '/exit', '/quit']);

@Command({ name: 'chat', description: 'Talk to the agent; probes, metrics and the API are served beside it' })
export class ChatCommand extends CommandRunner {
  constructor(
    private readonly agent: AgentService,
    private readonly http: HttpServer,
    private readonly lifecycle: Lifecycle,
    private readonly greeting: Greeting,
    private readonly work: Work,
  ) {
    super();
  }

  override async run(_arguments: string[], { port }: { readonly port?: number }): Promise<void> {
    const interactive = process.stdin.isTTY && process.stdout.isTTY;
    const banner = interactive ? process.stdout : process.stderr;
    await this.work.open();
    const url = await this.listen(port);
    this.work.start({ takeRuns: true });
    this.greeting.started('chat');
    banner.write(`${this.greeting.served(url)}\n${interactive ? 'Type a question; exit, quit or Ctrl-D ends.\n' : ''}`);
    await this.talk(interactive);
    await this.lifecycle.drain('the conversation ended');
  }

  @Option({ flags: '-p, --port <port>', description: 'port for HTTP (default: PORT, 8080; the next free one if taken)' })
  port(value: string): number {
    return parsePort(value);
  }

  /** A second conversation on the same machine must not fail because the first has the port. */
  private async listen(port: number | undefined): Promise<string> {
    try {
      return await this.http.listen(port);
    } catch (error) {
      if (port !== undefined || (error as { code?: string }).code !== 'port_taken') throw error;
      return this.http.listen(0);
    }
  }

  /** Reads from the first line to the last: between making the reader and reading it nothing may wait, or lines that came early are lost. */
  private async talk(interactive: boolean): Promise<void> {
    const lines = createInterface({ input: process.stdin, terminal: interactive, ...(interactive && { output: process.stdout }), prompt: styleText('cyan', 'You: ') });
    const screen = {
      write: (text: string) => void process.stdout.write(text),
      quiet: (text: string) => (interactive ? styleText('dim', text) : text),
    };
    const conversation = new Conversation(this.agent, screen);
    handleInterrupts(lines, conversation, screen.write);
    if (interactive) boundLine(lines, process.stdin, () => screen.write(`\n${screen.quiet(TOO_LONG)}\n`));
    let leaving = false;
    void untilSignal(this.lifecycle.limits).then(() => {
      leaving = true;
      conversation.interrupt();
      lines.close();
    });
    let good = true;
    if (interactive) lines.prompt();
    for await (const line of lines) {
      const text = line.trim();
      if (leaving || FAREWELLS.has(text.toLowerCase())) break; // lines that were read before the end still come
      if (text !== '') good = await conversation.say(text) && good;
      if (interactive) lines.prompt();
    }
    lines.close();
    if (!interactive && !good) process.exitCode = 1;
  }
}

/** Ctrl-C ends the answer, or at the prompt, pressed twice, the conversation. */
function handleInterrupts(lines: Interface, conversation: Conversation, write: (text: string) => void): void {
  let armed = false;
  lines.on('line', () => { armed = false; });
  const interrupted = () => {
    if (conversation.isAnswering) return conversation.interrupt();
    if (armed) return lines.close();
    armed = true;
    write('\n(Ctrl-C again to exit)\n');
    lines.prompt();
  };
  lines.on('SIGINT', interrupted);
}
