import { Global, Module, type DynamicModule } from '@nestjs/common';
import {
  AgentSettings, HttpSettings, LlmSettings, LoggingSettings, MetricsSettings, ResilienceSettings, ServiceSettings, Settings, StoreSettings, ToolSettings, TracingSettings, WorkerSettings,
} from './settings.js';

/** Makes each slice of the settings injectable by its class. */
@Global()
@Module({})
export class SettingsModule {
  static for(settings: Settings): DynamicModule {
    const providers = [
      { provide: Settings, useValue: settings },
      { provide: ServiceSettings, useValue: settings.service },
      { provide: AgentSettings, useValue: settings.agent },
      { provide: LlmSettings, useValue: settings.llm },
      { provide: ResilienceSettings, useValue: settings.resilience },
      { provide: ToolSettings, useValue: settings.tools },
      { provide: HttpSettings, useValue: settings.http },
      { provide: StoreSettings, useValue: settings.store },
      { provide: WorkerSettings, useValue: settings.worker },
      { provide: LoggingSettings, useValue: settings.logging },
      { provide: MetricsSettings, useValue: settings.metrics },
      { provide: TracingSettings, useValue: settings.tracing },
    ];
    return { module: SettingsModule, providers, exports: providers };
  }
}
