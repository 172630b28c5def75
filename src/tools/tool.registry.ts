import { Injectable } from '@nestjs/common';
import * as z from 'zod';
import type { ToolDefinition } from '../kernel/transcript.js';
import type { ToolOptions } from './tool.decorator.js';
import type { ToolHandler } from './tool-handler.js';

export interface RegisteredTool {
  readonly options: ToolOptions;
  readonly handler: ToolHandler;
  readonly definition: ToolDefinition;
  /** The input schema with unknown keys refused. Made once: zod compiles a schema when it is first used. */
  readonly input: z.ZodObject;
}

const NAME = /^[a-z][a-z0-9_]{0,63}$/;

/** All tools by name. Filled once at boot; a tool that can not work is refused there, by name. */
@Injectable()
export class ToolRegistry {
  private readonly tools = new Map<string, RegisteredTool>();

  /** @throws Error that names the tool and what is wrong with it. */
  register(options: ToolOptions, handler: ToolHandler): void {
    const { name } = options;
    const where = `Tool "${name}" (${handler.constructor.name})`;
    if (!NAME.test(name)) throw new Error(`${where}: the name must match ${NAME.source}`);
    const twin = this.tools.get(name);
    if (twin) throw new Error(`${where}: the name is already taken by ${twin.handler.constructor.name}`);
    if (options.description.trim() === '') throw new Error(`${where}: the description is empty`);
    if (typeof handler.run !== 'function') throw new Error(`${where}: the class must extend ToolHandler`);
    const input = options.input.strict();
    this.tools.set(name, { options, handler, input, definition: { name, description: options.description, input_schema: schemaOf(input, where) } });
  }

  get(name: string): RegisteredTool | undefined {
    return this.tools.get(name);
  }

  names(): readonly string[] {
    return [...this.tools.keys()];
  }

  /** What the model may use now, in a stable order so that prompt caches hold. */
  offered(): readonly RegisteredTool[] {
    return [...this.tools.values()].filter((tool) => this.isAvailable(tool));
  }

  /** False for a tool that says so, and for one that can not even say it: one broken tool must not stop the others. Never throws. */
  isAvailable({ handler }: RegisteredTool): boolean {
    try {
      return handler.available();
    } catch {
      return false;
    }
  }
}

function schemaOf(input: z.ZodObject, where: string): ToolDefinition['input_schema'] {
  try {
    const { $schema: _dialect, ...schema } = z.toJSONSchema(input, { io: 'input' });
    if (schema.type !== 'object') throw new Error('it is not an object');
    return schema as ToolDefinition['input_schema'];
  } catch (error) {
    throw new Error(`${where}: the input schema can not be given to a model: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
