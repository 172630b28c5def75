import { Injectable, type Type } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import * as z from 'zod';
import { Tool } from '../../../src/tools/tool.decorator.js';
import { ToolExplorer } from '../../../src/tools/tool.explorer.js';
import { ToolHandler } from '../../../src/tools/tool-handler.js';
import { ToolRegistry } from '../../../src/tools/tool.registry.js';

const usual = { name: 'clock', description: 'Tells the time.', input: z.object({ zone: z.string() }), criticality: 'optional', sideEffect: 'none' } as const;

@Tool(usual)
class ClockTool extends ToolHandler {
  override async run(): Promise<string> {
    return 'noon';
  }
}

async function registryOf(...tools: Type[]): Promise<ToolRegistry> {
  const module = await Test.createTestingModule({ imports: [DiscoveryModule], providers: [ToolRegistry, ToolExplorer, ...tools] }).compile();
  await module.init();
  return module.get(ToolRegistry);
}

it('finds a decorated class and offers it with the schema of its input', async () => {
  const registry = await registryOf(ClockTool);
  expect(registry.offered().map(({ definition }) => definition)).toEqual([{
    name: 'clock', description: 'Tells the time.',
    input_schema: { type: 'object', properties: { zone: { type: 'string' } }, required: ['zone'], additionalProperties: false },
  }]);
});

it('does not offer a tool that lacks what it needs', async () => {
  @Tool({ ...usual, name: 'absent' })
  class AbsentTool extends ClockTool {
    override available(): boolean {
      return false;
    }
  }
  const registry = await registryOf(AbsentTool);
  expect(registry.offered()).toEqual([]);
  expect(registry.names()).toEqual(['absent']);
});

it('refuses two tools of one name at boot, naming both', async () => {
  @Tool(usual)
  class SecondClockTool extends ClockTool {}
  await expect(registryOf(ClockTool, SecondClockTool)).rejects.toThrow(/Tool "clock" \(SecondClockTool\): the name is already taken by ClockTool/);
});

it.each([
  ['a name the model could not use', { ...usual, name: 'Tell Time!' }, /Tool "Tell Time!".*must match/],
  ['an empty description', { ...usual, description: ' ' }, /Tool "clock".*description is empty/],
  ['an input that has no JSON schema', { ...usual, input: z.object({ when: z.date() }) }, /Tool "clock".*input schema/],
])('refuses %s at boot', async (_what, options, message) => {
  @Tool(options)
  class WrongTool extends ClockTool {}
  await expect(registryOf(WrongTool)).rejects.toThrow(message);
});

it('refuses a decorated class that is no tool', async () => {
  @Tool(usual)
  @Injectable()
  class NotATool {}
  await expect(registryOf(NotATool)).rejects.toThrow(/Tool "clock" \(NotATool\): the class must extend ToolHandler/);
});
