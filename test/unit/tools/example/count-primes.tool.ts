import * as z from 'zod';
import { Tool } from '../../../../src/tools/tool.decorator.js';
import { WorkerToolHandler } from '../../../../src/tools/worker-tool-handler.js';

const Input = z.object({ below: z.number().int().min(2).max(100_000_000) });

/** Counts prime numbers, in a process of its own: a large sieve takes seconds. */
@Tool({ name: 'count_primes', description: 'Counts the prime numbers below a number.', input: Input, criticality: 'optional', sideEffect: 'none' })
export class CountPrimesTool extends WorkerToolHandler<z.infer<typeof Input>> {
  override readonly module = new URL('./count-primes.js', import.meta.url);
}
