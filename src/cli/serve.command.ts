import { Command, CommandRunner, Option } from 'nest-commander';
import { HttpServer } from '../http/http-server.js';
import { Lifecycle } from '../http/lifecycle.js';
import { Greeting } from './greeting.js';
import { parsePort } from './parse-port.js';
import { untilSignal } from './until-signal.js';

@Command({ name: 'serve', description: 'Serve the HTTP API until SIGTERM or SIGINT' })
export class ServeCommand extends CommandRunner {
  constructor(private readonly http: HttpServer, private readonly lifecycle: Lifecycle, private readonly greeting: Greeting) {
    super();
  }

  override async run(_arguments: string[], options: { readonly port?: number }): Promise<void> {
    const ended = untilSignal();
    const url = await this.http.listen(options.port);
    this.greeting.started('serve');
    process.stderr.write(`${this.greeting.served(url)}\n`);
    this.lifecycle.drain(await ended);
  }

  @Option({ flags: '-p, --port <port>', description: 'port to listen on (default: PORT, 8080)' })
  port(value: string): number {
    return parsePort(value);
  }
}
