import { Injectable, applyDecorators, SetMetadata } from '@nestjs/common';
import type * as z from 'zod';

export const TOOL_OPTIONS = Symbol('tool options');

export interface ToolOptions {
  /** What the model calls it: `^[a-z][a-z0-9_]{0,63}$`, unique in the application. */
  readonly name: string;
  /** Tells the model what it does and when to use it. */
  readonly description: string;
  /** The input. Unknown keys are refused, so give an object with exactly what the tool reads. */
  readonly input: z.ZodObject;
  /** `critical`: the user asked for its effect, so its failure must be told. `optional`: an answer without it is worth having. */
  readonly criticality: 'critical' | 'optional';
  /**
   * What a second call with the same input does. `none`: the tool changes nothing. `idempotent`: the same as one call.
   * `at_most_once`: harm; it is never repeated by us.
   */
  readonly sideEffect: 'none' | 'idempotent' | 'at_most_once';
  /** Milliseconds; without it TOOL_TIMEOUT. Never more than what is left of the request. */
  readonly timeoutMilliseconds?: number;
}

/** Makes an injectable class a tool. The class extends ToolHandler; the explorer finds it at boot. */
export function Tool(options: ToolOptions): ClassDecorator {
  return applyDecorators(Injectable(), SetMetadata(TOOL_OPTIONS, options));
}
