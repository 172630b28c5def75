import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService, Reflector } from '@nestjs/core';
import { ToolHandler } from './tool-handler.js';
import { TOOL_OPTIONS, type ToolOptions } from './tool.decorator.js';
import { ToolRegistry } from './tool.registry.js';

/** Finds every class with `@Tool` and registers it. */
@Injectable()
export class ToolExplorer implements OnModuleInit {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly reflector: Reflector,
    private readonly registry: ToolRegistry,
  ) {}

  /** @throws Error at boot that names the tool which is not one. */
  onModuleInit(): void {
    for (const wrapper of this.discovery.getProviders()) {
      if (typeof wrapper.metatype !== 'function') continue;
      const options = this.reflector.get<ToolOptions | undefined>(TOOL_OPTIONS, wrapper.metatype);
      if (!options) continue;
      if (!(wrapper.instance instanceof ToolHandler)) {
        throw new Error(`Tool "${options.name}" (${wrapper.name}): the class must extend ToolHandler and be a singleton`);
      }
      this.registry.register(options, wrapper.instance);
    }
  }
}
