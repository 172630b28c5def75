import { Command, CommandRunner, Option } from 'nest-commander';
import { AgentService } from '../agent/agent.service.js';
import { parseMessage } from '../http/chat.schema.js';
import { toProblem } from '../http/problem.js';
import { CLI_USER, correlationIdFrom } from '../kernel/run-context.js';
import { terminalText } from '../kernel/text.js';
import { WorkerSettings } from '../settings/settings.js';
import { Work } from '../worker/work.js';
import { answerLine } from './answer-line.js';
import { Greeting } from './greeting.js';
import { interruption } from './interruption.js';
import { untilSignal } from './until-signal.js';

@Command({ name: 'ask', arguments: '<question...>', description: 'Answer one question and exit' })
export class AskCommand extends CommandRunner {
  constructor(private readonly agent: AgentService, private readonly greeting: Greeting, private readonly limits: WorkerSettings, private readonly work: Work) {
    super();
  }

  override async run(words: string[], { json = false }: { readonly json?: boolean }): Promise<void> {
    const correlationId = correlationIdFrom(undefined);
    const aborted = new AbortController();
    void untilSignal(this.limits).then(() => aborted.abort(interruption()));
    this.greeting.started('ask');
    try {
      await this.work.open();
      const message = parseMessage(words.join(' '));
      const result = await this.agent.ask({ message, channel: 'cli', correlationId, userId: CLI_USER }, { signal: aborted.signal });
      process.stdout.write(json ? `${JSON.stringify(result, null, 2)}\n` : `${terminalText(result.reply)}\n`);
      if (!json) process.stderr.write(`${answerLine(result)}\n`);
      if (result.outcome !== 'success') process.exitCode = 1;
    } catch (error) {
      if (!json) throw error;
      process.exitCode = 1;
      process.stdout.write(`${JSON.stringify(toProblem(error, correlationId), null, 2)}\n`);
    }
  }

  @Option({ flags: '--json', description: 'print the whole result as JSON' })
  json(): boolean {
    return true;
  }
}
