import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DiscoveryModule } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import ts from 'typescript';
import { BreakerRegistry } from '../../../src/resilience/breaker-registry.js';
import { CheckedToolCaller } from '../../../src/tools/checked-tool-caller.js';
import { ToolExplorer } from '../../../src/tools/tool.explorer.js';
import { ToolRegistry } from '../../../src/tools/tool.registry.js';
import { takeApart } from '../../support/docs/documents.js';
import { FakeClock } from '../../support/fake-clock.js';
import { CountPrimesTool } from './example/count-primes.tool.js';
import { run } from './example/count-primes.js';
import { DaysBetweenTool } from './example/days-between.tool.js';
import { callTo } from './inline-tools.js';

const { signal } = new AbortController();
const EXAMPLES = ['days-between.tool.ts', 'count-primes.tool.ts', 'count-primes.ts'];

/** An example as it stands beside the tools that come with the service. */
function example(name: string): string {
  return readFileSync(new URL(`example/${name}`, import.meta.url), 'utf8').replaceAll('../../../../src/tools/', '../').replaceAll('../../../../src/', '../../');
}

it('the examples in docs/tools.md are these', () => {
  const blocks = takeApart('docs/tools.md', readFileSync('docs/tools.md', 'utf8')).blocks.filter(({ language }) => language === 'ts');
  expect(blocks.map(({ text }) => text)).toEqual(EXAMPLES.map(example));
});

describe('the examples', () => {
  const folder = mkdtempSync(join(tmpdir(), 'examples-'));
  let caller: CheckedToolCaller;

  beforeAll(async () => {
    const module = await Test.createTestingModule({ imports: [DiscoveryModule], providers: [ToolRegistry, ToolExplorer, DaysBetweenTool, CountPrimesTool] }).compile();
    await module.init();
    // The build makes JavaScript of the module, and here the test does.
    const compiled = join(folder, 'count-primes.mjs');
    writeFileSync(compiled, ts.transpileModule(example('count-primes.ts'), { compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2024 } }).outputText);
    Object.assign(module.get(CountPrimesTool), { module: pathToFileURL(compiled) });
    const breakers = new BreakerRegistry(new FakeClock(), { stateChanged: () => undefined, failed: () => undefined, rejected: () => undefined });
    caller = new CheckedToolCaller(module.get(ToolRegistry), breakers, { timeoutMilliseconds: 20_000, onLate: () => undefined });
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('work', async () => {
    expect(await caller.call(callTo('days_between', { from: '2026-01-31', to: '2026-03-01' }), signal)).toMatchObject({ content: '29 days' });
    expect(await caller.call(callTo('count_primes', { below: 1_000_000 }), signal)).toMatchObject({ content: 'There are 78498 prime numbers below 1000000.' });
    expect(run({ below: 100 })).toBe('There are 25 prime numbers below 100.');
  });

  it('fail as the document says', async () => {
    expect(await caller.call(callTo('days_between', { from: 'soon', to: '2026-03-01' }), signal)).toMatchObject({
      errorType: 'validation', content: 'The tool "days_between" failed. One of the dates does not exist.',
    });
  });

  it('name their module beside themselves', () => {
    expect(new CountPrimesTool().module.pathname).toMatch(/\/example\/count-primes\.js$/);
  });
});
