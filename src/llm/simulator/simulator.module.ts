import { Global, Module, type OnApplicationShutdown } from '@nestjs/common';
import { SimulatedUpstreams } from '../../kernel/simulated-upstreams.js';
import { LlmSettings } from '../../settings/settings.js';
import { Simulator } from './simulator.js';

/** Starts the simulator when the settings name no model server, and ends it with the application. */
@Global()
@Module({
  providers: [{ provide: SimulatedUpstreams, inject: [LlmSettings], useFactory: start }],
  exports: [SimulatedUpstreams],
})
export class SimulatorModule {}

class RunningSimulator extends SimulatedUpstreams implements OnApplicationShutdown {
  readonly url: string | undefined;

  constructor(private readonly simulator: Simulator | undefined) {
    super();
    this.url = simulator?.url;
  }

  /** After the listener: requests that are still answered need their model. */
  async onApplicationShutdown(): Promise<void> {
    await this.simulator?.close();
  }
}

async function start(settings: LlmSettings): Promise<SimulatedUpstreams> {
  if (!settings.simulated) return new RunningSimulator(undefined);
  return new RunningSimulator(await Simulator.start({
    timeToFirstTokenMilliseconds: settings.simulatorFirstTokenMilliseconds,
    tokensPerSecond: settings.simulatorTokensPerSecond,
  }));
}
