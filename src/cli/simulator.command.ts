import { Command, CommandRunner, Option } from 'nest-commander';
import { Simulator } from '../llm/simulator/simulator.js';
import { LlmSettings } from '../settings/settings.js';
import { parsePort } from './parse-port.js';
import { untilSignal } from './until-signal.js';

/** Where the simulator listens when nobody says otherwise: beside the agent's own 8080. */
const DEFAULT_PORT = 8081;

/** Milliseconds that open connections get when it ends. */
const END_MILLISECONDS = 20_000;

@Command({ name: 'simulator', description: 'Serve the simulated Messages API alone, for any Anthropic client' })
export class SimulatorCommand extends CommandRunner {
  constructor(private readonly settings: LlmSettings) {
    super();
  }

  override async run(_arguments: string[], { port = DEFAULT_PORT }: { readonly port?: number }): Promise<void> {
    const ended = untilSignal({ drainMilliseconds: END_MILLISECONDS });
    const simulator = await Simulator.start({
      port,
      timeToFirstTokenMilliseconds: this.settings.simulatorFirstTokenMilliseconds,
      tokensPerSecond: this.settings.simulatorTokensPerSecond,
    });
    process.stdout.write(`Simulated Messages API on ${simulator.url}. Any key works: ANTHROPIC_BASE_URL=${simulator.url}\n`
      + `Script it: curl ${simulator.url}/simulator/steps -d '529:2, ok'. All steps are in docs/simulator.md.\n`);
    await ended;
    await simulator.close();
  }

  @Option({ flags: '-p, --port <port>', description: `port to listen on (default: ${DEFAULT_PORT})` })
  port(value: string): number {
    return parsePort(value);
  }
}
