import { Command, CommandRunner, Option } from 'nest-commander';
import { parsePort } from './parse-port.js';
import { Service } from './service.js';

@Command({ name: 'serve', description: 'Serve the HTTP API and carry out runs until SIGTERM or SIGINT' })
export class ServeCommand extends CommandRunner {
  constructor(private readonly service: Service) {
    super();
  }

  override async run(_arguments: string[], { port, worker: takeRuns = true }: { readonly port?: number; readonly worker?: boolean }): Promise<void> {
    await this.service.run('serve', { port, takeRuns, isBalanced: true });
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
