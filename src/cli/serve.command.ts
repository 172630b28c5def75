import { Command, CommandRunner, Option } from 'nest-commander';
import { HttpServer } from '../http/http-server.js';
import { Lifecycle } from '../http/lifecycle.js';
import { Work } from '../worker/work.js';
import { Greeting } from './greeting.js';
import { parsePort } from './parse-port.js';
import { untilSignal } from './until-signal.js';

@Command({ name: 'serve', description: 'Serve the HTTP API and carry out runs until SIGTERM or SIGINT' })
export class ServeCommand extends CommandRunner {
  constructor(
    private readonly http: HttpServer,
    private readonly work: Work,
    private readonly lifecycle: Lifecycle,
    private readonly greeting: Greeting,
  ) {
    super();
  }

  override async run(_arguments: string[], { port, worker = true }: { readonly port?: number; readonly worker?: boolean }): Promise<void> {
    const ended = untilSignal(this.lifecycle.limits);
    await this.work.open();
    const url = await this.http.listen(port);
    this.work.start({ takeRuns: worker });
    this.greeting.started('serve');
    process.stderr.write(`${this.greeting.served(url)}\n`);
    const reason = await ended;
    // Only SIGTERM comes from somebody who takes the process out of a load balancer at the same time.
    await this.lifecycle.drain(reason, reason === 'SIGTERM' ? this.lifecycle.limits.drainDelayMilliseconds : 0);
  }

  @Option({ flags: '-p, --port <port>', description: 'port to listen on (default: PORT, 8080)' })
  port(value: string): number {
    return parsePort(value);
  }

  @Option({ flags: '--no-worker', description: 'leave the runs that wait to other processes' })
  worker(): boolean {
    return false;
  }
}
