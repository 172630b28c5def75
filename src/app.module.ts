import { Module, type DynamicModule } from '@nestjs/common';
import { AgentModule } from './agent/agent.module.js';
import { CliModule } from './cli/cli.module.js';
import { HttpModule } from './http/http.module.js';
import { SimulatorModule } from './llm/simulator/simulator.module.js';
import type { LogOutput } from './logging/log-output.js';
import { LoggingModule } from './logging/logging.module.js';
import { ObservabilityModule } from './observability/observability.module.js';
import { ResilienceModule } from './resilience/resilience.module.js';
import { SettingsModule } from './settings/settings.module.js';
import type { Settings } from './settings/settings.js';
import type { LogExport } from './tracing/log-export.js';
import { TraceExport } from './tracing/trace-export.js';
import { TracingModule } from './tracing/tracing.module.js';
import { WorkerModule } from './worker/worker.module.js';

/** What is decided before Nest starts. */
export interface Foundation {
  readonly settings: Settings;
  readonly output: LogOutput;
  readonly tracing: TraceExport;
  /** The export of log lines, when there is one. */
  readonly logs?: LogExport;
}

/** The composition root: every module once, in layer order. */
@Module({})
export class AppModule {
  static on({ settings, output, tracing, logs }: Foundation): DynamicModule {
    return {
      module: AppModule,
      imports: [
        SettingsModule.for(settings),
        LoggingModule.to(output),
        TracingModule.with(tracing, logs),
        ObservabilityModule,
        ResilienceModule,
        SimulatorModule,
        AgentModule,
        HttpModule,
        WorkerModule,
        CliModule,
      ],
    };
  }
}
