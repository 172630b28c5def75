import { Module, type OnApplicationBootstrap } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { Observer } from '../kernel/observer.js';
import { SimulatedUpstreams } from '../kernel/simulated-upstreams.js';
import { BreakerRegistry } from '../resilience/breaker-registry.js';
import { ResilienceModule } from '../resilience/resilience.module.js';
import { ToolSettings } from '../settings/settings.js';
import { CalculatorTool } from './builtin/calculator.tool.js';
import { GetWeatherTool } from './builtin/get-weather.tool.js';
import { NoteStore } from './builtin/notes/note-store.js';
import { SaveNoteTool } from './builtin/save-note.tool.js';
import { WebSearchTool } from './builtin/web-search.tool.js';
import { breakerName, CheckedToolCaller } from './checked-tool-caller.js';
import { configuredEndpoints } from './configured-endpoints.js';
import { ObservedToolCaller } from './observed-tool-caller.js';
import { ObservedToolbox } from './observed-toolbox.js';
import { ParallelToolbox } from './parallel-toolbox.js';
import { ToolEndpoints } from './tool-endpoints.js';
import { ToolExplorer } from './tool.explorer.js';
import { ToolRegistry } from './tool.registry.js';
import { Toolbox } from './toolbox.js';

/** A new tool is one file and one line here. */
const TOOLS = [CalculatorTool, SaveNoteTool, GetWeatherTool, WebSearchTool];

/** The onion around the tools, from the inside: checks and time, the observer of one call, side by side, the observer of all. */
@Module({
  imports: [DiscoveryModule, ResilienceModule],
  providers: [
    ...TOOLS, ToolRegistry, ToolExplorer,
    { provide: ToolEndpoints, inject: [ToolSettings, SimulatedUpstreams], useFactory: configuredEndpoints },
    { provide: NoteStore, inject: [ToolSettings], useFactory: (settings: ToolSettings) => new NoteStore(settings.notesDirectory) },
    {
      provide: Toolbox,
      inject: [ToolRegistry, BreakerRegistry, ToolSettings, Observer],
      useFactory: (registry: ToolRegistry, breakers: BreakerRegistry, settings: ToolSettings, observer: Observer) => {
        const checked = new CheckedToolCaller(registry, breakers, {
          timeoutMilliseconds: settings.timeoutMilliseconds,
          onLate: (toolName) => observer.note('tool.late_result', { tool_name: toolName }),
        });
        const caller = new ObservedToolCaller(checked, observer, (name) => registry.get(name)?.options.criticality);
        return new ObservedToolbox(new ParallelToolbox(registry, breakers, caller), observer);
      },
    },
  ],
  exports: [Toolbox, ToolRegistry, NoteStore],
})
export class ToolsModule implements OnApplicationBootstrap {
  constructor(private readonly registry: ToolRegistry, private readonly breakers: BreakerRegistry) {}

  /** Makes the breakers now: their series must exist before anything happens to them. */
  onApplicationBootstrap(): void {
    for (const name of this.registry.names()) if (this.registry.get(name)?.options.criticality === 'optional') this.breakers.get(breakerName(name));
  }
}
