import * as z from 'zod';
import { Failure } from '../../../../src/kernel/failure.js';
import { Tool } from '../../../../src/tools/tool.decorator.js';
import { ToolHandler } from '../../../../src/tools/tool-handler.js';

const Input = z.object({ from: z.string().describe('For example "2026-01-31"'), to: z.string() });

/** Counts the days from one date to another. */
@Tool({ name: 'days_between', description: 'Counts the days from one date to another.', input: Input, criticality: 'critical', sideEffect: 'none' })
export class DaysBetweenTool extends ToolHandler<z.infer<typeof Input>> {
  override async run({ from, to }: z.infer<typeof Input>): Promise<string> {
    const days = (Date.parse(to) - Date.parse(from)) / 1_000 / 60 / 60 / 24;
    if (Number.isNaN(days)) throw new Failure('no_such_date', { errorType: 'validation', publicMessage: 'One of the dates does not exist.' });
    return `${days} days`;
  }
}
