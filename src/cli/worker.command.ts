import { Command, CommandRunner, Option } from 'nest-commander';
import { HttpServer } from '../http/http-server.js';
import { Lifecycle } from '../http/lifecycle.js';
import { Work } from '../worker/work.js';
import { Greeting } from './greeting.js';
import { parsePort } from './parse-port.js';
import { untilSignal } from './until-signal.js';

@Command({ name: 'worker', description: 'Carry out runs that wait in the queue until SIGTERM or SIGINT; probes and metrics are served beside it' })
export class WorkerCommand extends CommandRunner {
  constructor(
    private readonly http: HttpServer,
    private readonly work: Work,
    private readonly lifecycle: Lifecycle,
    private readonly greeting: Greeting,
  ) {
    super();
  }

  override async run(_arguments: string[], { port }: { readonly port?: number }): Promise<void> {
    const ended = untilSignal(this.lifecycle.limits);
    await this.work.open();
    const url = await this.http.listen(port);
    this.work.start({ takeRuns: true });
    this.greeting.started('worker');
    process.stderr.write(`${this.greeting.served(url)}\n`);
    await this.lifecycle.drain(await ended);
  }

  @Option({ flags: '-p, --port <port>', description: 'port for probes and metrics (default: PORT, 8080)' })
  port(value: string): number {
    return parsePort(value);
  }
}
