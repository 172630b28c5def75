import { Command, CommandRunner, Option } from 'nest-commander';
import { parsePort } from './parse-port.js';
import { Service } from './service.js';

@Command({ name: 'worker', description: 'Carry out runs that wait in the queue until SIGTERM or SIGINT; probes and metrics are served beside it' })
export class WorkerCommand extends CommandRunner {
  constructor(private readonly service: Service) {
    super();
  }

  override async run(_arguments: string[], { port }: { readonly port?: number }): Promise<void> {
    await this.service.run('worker', { port, takeRuns: true, isBalanced: false });
  }

  @Option({ flags: '-p, --port <port>', description: 'port for probes and metrics (default: PORT, 8080)' })
  port(value: string): number {
    return parsePort(value);
  }
}
