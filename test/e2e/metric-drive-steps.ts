import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as z from 'zod';
import type { ScriptedStep } from '../../src/llm/simulator/scripted-step.js';
import { ToolHandler, type ToolContext } from '../../src/tools/tool-handler.js';
import { ToolRegistry } from '../../src/tools/tool.registry.js';
import { eventually } from '../support/eventually.js';
import { parseExposition, type Series } from '../support/exposition.js';
import type { RunningApplication } from '../support/running-application.js';

export const MODEL = 'claude-sonnet-5-5';

/** Two search engines that are no good: one never answers, one is broken. */
const upstreams = { hanging: createServer(() => undefined), broken: createServer((_request, response) => response.writeHead(500).end('{}')) };

export async function openUpstreams(): Promise<void> {
  for (const server of Object.values(upstreams)) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
}

export function closeUpstreams(): void {
  for (const server of Object.values(upstreams)) {
    server.closeAllConnections();
    server.close();
  }
}

export async function scrape(service: RunningApplication): Promise<Series> {
  return parseExposition(await service.metrics());
}

/** Asks something while the model does the given steps. */
export async function ask(service: RunningApplication, ...steps: ScriptedStep[]): Promise<Response> {
  service.simulator.enqueue(...steps);
  return service.chat({ message: 'What is 15 multiplied by 23?' });
}

/** Asks a model that does not answer, does `meanwhile` when the question is with it, and then goes away. */
export async function whileAsking(service: RunningApplication, body: object, meanwhile: () => Promise<unknown>): Promise<void> {
  service.simulator.enqueue({ kind: 'hang' });
  const leaving = new AbortController();
  const asking = fetch(`${service.url}/chat`, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body), signal: leaving.signal,
  }).catch((error: unknown) => error);
  await becomes(service, `llm_requests_active{model="${MODEL}"}`, 1);
  await meanwhile();
  leaving.abort();
  await asking;
  await becomes(service, 'agent_requests_active', 0);
  await becomes(service, `llm_requests_active{model="${MODEL}"}`, 0);
}

/** Some things are told a moment after the answer. @throws Error when it never comes true */
export async function becomes(service: RunningApplication, series: string, value: number): Promise<void> {
  await eventually(async () => (await scrape(service)).get(series) === value);
}

class TestTool extends ToolHandler {
  constructor(private readonly work: (signal: AbortSignal) => Promise<string>) {
    super();
  }

  override run(_input: unknown, { signal }: ToolContext): Promise<string> {
    return this.work(signal);
  }
}

/** Registers a tool that does `work`, and returns the step in which the model calls it. */
export function addTool(service: RunningApplication, name: string, work: (signal: AbortSignal) => Promise<string>): ScriptedStep {
  service.app.get(ToolRegistry, { strict: false }).register({ name, description: name, input: z.object({}), criticality: 'critical', sideEffect: 'none' }, new TestTool(work));
  return { kind: 'tools', calls: [{ name, input: {} }] };
}

/** Does not obey its signal: waits until it is given up, and then gives a result. */
export async function answerLate(signal: AbortSignal): Promise<string> {
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  return 'too late';
}

export function ending(stopReason: string): ScriptedStep {
  return { kind: 'reply', content: [{ type: 'text', text: 'Some words.' }], stopReason };
}

export function upstreamUrl(name: keyof typeof upstreams): string {
  return `http://127.0.0.1:${(upstreams[name].address() as AddressInfo).port}`;
}
