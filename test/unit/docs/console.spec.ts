import { blockWith } from '../../support/docs/transcripts.js';
import { consoleIn, shapeOfOutput, type Output, type Shown } from '../../support/docs/console.js';
import { readDocuments } from '../../support/docs/documents.js';
import { eventually } from '../../support/eventually.js';
import { RunningApplication } from '../../support/running-application.js';
import { RunsClient } from '../../support/runs-client.js';

const SIMULATED = { ANTHROPIC_API_KEY: '', ANTHROPIC_BASE_URL: '', SEARCH_PROVIDER: 'none', SEARXNG_URL: '', SIMULATOR_FIRST_TOKEN: '0', SIMULATOR_TOKENS_PER_SECOND: '0' };
const ID = /\b(?:run|conv)_[\w-]{36}/g;

/** Ids that a document shows, and what they are here. */
class Ids {
  private readonly real = new Map<string, string>();

  learn(shown: string, real: string): void {
    const found = real.match(ID) ?? [];
    for (const [index, id] of (shown.match(ID) ?? []).entries()) this.real.set(id, found[index] ?? id);
  }

  in(text: string): string {
    return text.replace(ID, (id) => this.real.get(id) ?? id);
  }
}

async function run(service: RunningApplication, { method, path, headers, body, output }: Shown, ids: Ids): Promise<Output> {
  const response = await fetch(`${service.url}${ids.in(path)}`, { method, headers, ...(body !== undefined && { body: ids.in(body) }) });
  const text = await response.text();
  const real = Object.fromEntries(Object.keys(output.headers).map((name) => [name, response.headers.get(name) ?? '']));
  ids.learn([...Object.values(output.headers), output.body].join('\n'), [...Object.values(real), text].join('\n'));
  return { ...(output.status !== undefined && { status: `${response.status} ${response.statusText}` }), headers: real, body: text };
}

it.each(readDocuments().filter(({ blocks }) => blocks.some(({ language }) => language === 'console')))('the requests in $path are answered as it shows', async ({ blocks }) => {
  const service = await RunningApplication.start(SIMULATED);
  try {
    const client = new RunsClient(service.url);
    const ids = new Ids();
    for (const shown of consoleIn(blocks)) {
      const real = await run(service, shown, ids);
      expect([shown.path, shapeOfOutput(real)]).toEqual([shown.path, shapeOfOutput(shown.output)]);
      await eventually(async () => (await Promise.all(['queued', 'running'].map((status) => client.json(`/v1/runs?status=${status}`)))).every(({ runs }) => (runs as unknown[]).length === 0));
    }
  } finally {
    await service.stop();
  }
});

describe('these checks', () => {
  const guide = readDocuments().find(({ path }) => path === 'docs/http-api.md');
  if (!guide) throw new Error('docs/http-api.md is missing');

  it('read every command', () => {
    expect(consoleIn(guide.blocks).length).toBeGreaterThanOrEqual(9);
    expect(consoleIn([{ language: 'console', text: blockWith(guide, 'sum-1') }]).map(({ method, path, output }) => [method, path, output.status])).toEqual([
      ['POST', '/v1/runs', '202 Accepted'], ['POST', '/v1/runs', '202 Accepted'], ['POST', '/v1/runs', '422 Unprocessable Entity'],
    ]);
  });

  it('see another answer', () => {
    const shape = (body: string) => shapeOfOutput({ headers: {}, body });
    expect(shape('{"a":1,"b":"run_a43b728b-2719-4c45-9a11-e2b613d1bf33"}')).toEqual(shape('{ "a": 2, "b": "run_00000000-2719-4c45-9a11-e2b613d1bf33" }'));
    expect(shape('{"a":1}')).not.toEqual(shape('{"b":1}'));
    expect(shape('{"a":"x"}')).not.toEqual(shape('{"a":"y"}'));
    expect(shape('id: 1\nevent: a\ndata: {"x":1}\n\n')).not.toEqual(shape('event: a\ndata: {"x":1}\n\n'));
  });
});
