import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { AgentService } from '../../../src/agent/agent.service.js';
import { Conversation } from '../../../src/cli/conversation.js';
import { Greeting } from '../../../src/cli/greeting.js';
import { ERROR_TYPES } from '../../../src/kernel/failure.js';
import { FACTS } from '../../../src/kernel/facts.js';
import { OPERATIONS } from '../../../src/kernel/operations.js';
import { INSTRUMENTS } from '../../../src/metrics/instruments.js';
import { ENVIRONMENT } from '../../../src/settings/environment.schema.js';
import { ToolRegistry } from '../../../src/tools/tool.registry.js';
import { STANDARD_NAMES } from '../../../src/tracing/attributes.js';
import { projectFile } from '../../support/containers/compose-file.js';
import { readCatalogueAttributes } from '../../support/docs/catalogue-attributes.js';
import { brokenLinks, codeOf, missingPaths, readDocuments, tablesOf, takeApart, type Document } from '../../support/docs/documents.js';
import { routesOf } from '../../support/docs/openapi.js';
import { renderTelemetry, withGeneratedPart } from '../../support/docs/render-telemetry.js';
import { blockWith, dialogueIn, drawnTree, eventShapes, jsonObjectsIn, keysOf, recordedTree, seriesOf, shapeOf } from '../../support/docs/transcripts.js';
import { isMetric, telemetryNames, Vocabulary } from '../../support/docs/vocabulary.js';
import { eventually } from '../../support/eventually.js';
import { RunningApplication } from '../../support/running-application.js';
import { SpanRecorder } from '../../support/span-recorder.js';

const documents = readDocuments();
const readme = document('README.md');
const QUESTION = 'What is 15 multiplied by 23?';
const vocabulary = new Vocabulary();
const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Record<'scripts' | 'dependencies' | 'devDependencies' | 'optionalDependencies', Record<string, string>>;

/** `document: name` for each name that the code of the documents has and that is not right; fails when there is nothing to look at. */
function wrong(namesIn: (document: Document) => Iterable<string>, isRight: (name: string) => boolean, atLeast = 1): string[] {
  const all = documents.flatMap((document) => [...new Set(namesIn(document))].map((name) => ({ document, name })));
  expect(all.length).toBeGreaterThanOrEqual(atLeast);
  return all.filter(({ name }) => !isRight(name)).map(({ document, name }) => `${document.path}: ${name}`);
}

/** Every match of a pattern's first group in commands: shell blocks and inline code. */
function inCommands({ spans, blocks }: Document, pattern: RegExp): string[] {
  const shell = blocks.filter(({ language }) => language === 'bash').map(({ text }) => text);
  return [...spans, ...shell].flatMap((text) => [...text.matchAll(pattern)].map(([, name = '']) => name));
}

function document(path: string): Document {
  const found = documents.find((each) => each.path === path);
  if (!found) throw new Error(`${path} is missing`);
  return found;
}

describe('what the documents name exists', () => {
  it('npm scripts', () => {
    const OF_NPM = ['ci', 'install', 'run'];
    expect(wrong((each) => inCommands(each, /\bnpm (?:run )?([a-z][\w:-]*)/g), (name) => OF_NPM.includes(name) || name in manifest.scripts, 10)).toEqual([]);
  });

  it('commands and their options', () => {
    expect(wrong((each) => inCommands(each, /\btask-agent(?:\.mjs)? ([a-z][\w-]*)/g), (name) => vocabulary.commands.has(name), 5)).toEqual([]);
    expect(wrong((each) => inCommands(each, /\btask-agent(?:\.mjs)? [^\n]*?(--[a-z][\w-]*)/g), (name) => vocabulary.commandFlags.has(name))).toEqual([]);
  });

  it('environment variables', () => {
    // Names of the tests, of systems and of npm.
    const FROM_OUTSIDE = ['UPDATE_DOCS', 'TASK_AGENT_NO_CONTAINERS', 'EX_CONFIG', 'SIGTERM', 'SIGINT', 'EBADENGINE', 'EUSAGE', 'THIRD_PARTY_NOTICES', 'ENABLE_FORWARD_USER_INFO_HEADERS'];
    const ofCompose = [...projectFile('docker-compose.yml').matchAll(/\$\{([A-Z_]+)/g)].map(([, name]) => name);
    const capitals = ({ spans, text }: Document) => [
      ...spans.filter((span) => /^[A-Z]{3,}$/.test(span)),
      ...[...text.matchAll(/(?<![\w{])([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|[A-Z]{3,}(?==\S))/g)].map(([, name = '']) => name),
    ];
    const isKnown = (name: string) => name in ENVIRONMENT.shape || name.startsWith('OTEL_') || FROM_OUTSIDE.includes(name) || ofCompose.includes(name)
      || vocabulary.constants.has(name) || vocabulary.source.includes(`'${name}'`);
    expect(wrong(capitals, isKnown, 20)).toEqual([]);
  });

  it('files, folders and headings', () => {
    expect(documents.flatMap((each) => brokenLinks(each).map((link) => `${each.path}: ${link}`))).toEqual([]);
    expect(documents.flatMap((each) => missingPaths(each).map((path) => `${each.path}: ${path}`))).toEqual([]);
  });

  it('metrics', () => {
    const inBlocks = ({ blocks }: Document) => blocks.filter(({ language }) => language === 'prometheus')
      .flatMap(({ text }) => text.trimEnd().split('\n').map((line) => /^\w+/.exec(line)?.[0] ?? line));
    const inText = (each: Document) => codeOf(each).match(/\b[a-z]+(?:_[a-z]+)*_(?:total|bucket|sum)\b/g) ?? [];
    expect(wrong((each) => [...inBlocks(each), ...inText(each)], isMetric, 20)).toEqual([]);
  });

  it('log events, spans, operations and facts', () => {
    const names = new Set([...telemetryNames(vocabulary.source), ...Object.values(STANDARD_NAMES).flat()]);
    const families = new Set([...telemetryNames(vocabulary.source)].filter((name) => name.includes('.')).map((name) => name.split('.')[0]));
    const templates = [...names].map((name) => new RegExp(`^${name.replaceAll('.', '\\.').replace(/\{\w+\}/g, '[\\w<>-]+')}$`));
    const dotted = ({ spans, text }: Document) => [
      ...spans.filter((span) => /^[a-z_]+(?:\.[a-z_<>]+)+$/.test(span) && families.has(span.split('.')[0]) && !/\.(?:ts|js|md|json|yaml)$/.test(span)),
      ...[...text.matchAll(/"event":"([^"]+)"/g)].map(([, event = '']) => event),
    ];
    expect(wrong(dotted, (name) => templates.some((template) => template.test(name)), 20)).toEqual([]);
  });

  it('attributes, fields, labels, error types and codes', () => {
    const OF_OTHERS = ['diagnostics_channel', 'agent_requests']; // a module of Node; what prom-client would make of a name
    const snake = ({ spans }: Document) => spans.filter((span) => /^[a-z]+(?:_[a-z0-9]+)+$/.test(span));
    expect(wrong(snake, (name) => vocabulary.words.has(name) || isMetric(name) || OF_OTHERS.includes(name), 50)).toEqual([]);
    const conventions = ({ spans }: Document) => spans.filter((span) => /^gen_ai\.[\w.]+$/.test(span));
    expect(wrong(conventions, (name) => vocabulary.source.includes(name), 5)).toEqual([]);
  });
});

describe('the documents leave nothing out', () => {
  it('every direct dependency has its version and its reason', () => {
    const sections = tablesOf(document('docs/dependencies.md'), 'Package').map((rows) => Object.fromEntries(rows.map(([name = '', version = '']) => [name, version])));
    expect(sections).toEqual([manifest.dependencies, manifest.optionalDependencies, manifest.devDependencies]);
    expect(tablesOf(document('docs/dependencies.md'), 'Package').flat().filter(([, , reason = '']) => reason === '')).toEqual([]);
  });

  it('every code of a problem is in the table, and no other', () => {
    // Longer addresses are longer than the headers may be; the others end the start of a process, at a terminal.
    const NEVER_SENT = ['uri_too_long', 'store_locked', 'store_unusable'];
    const codes = tablesOf(document('docs/http-api.md'), 'Code').flat().map(([code = '']) => code);
    expect(codes.toSorted()).toEqual([...vocabulary.problemCodes].filter((code) => !NEVER_SENT.includes(code)).toSorted());
  });

  it('every operation, fact, instrument and setting of telemetry is in docs/telemetry.md as the code has it', () => {
    const path = 'docs/telemetry.md';
    const written = readFileSync(path, 'utf8');
    const right = withGeneratedPart(written, renderTelemetry({
      operations: OPERATIONS, facts: FACTS, attributes: readCatalogueAttributes(), standardNames: STANDARD_NAMES, instruments: INSTRUMENTS,
      errorTypes: ERROR_TYPES, environment: ENVIRONMENT.shape,
    }));
    if (process.env.UPDATE_DOCS === '1') writeFileSync(path, right);
    else if (written !== right) throw new Error(`${path} is out of date; run: UPDATE_DOCS=1 npm test -- test/unit/docs\n${firstDifference(written, right)}`);
  });

  it('every folder of src is in ARCHITECTURE.md', () => {
    const folders = readdirSync('src', { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name);
    const { spans } = document('ARCHITECTURE.md');
    expect(folders.filter((folder) => !spans.includes(`src/${folder}/`))).toEqual([]);
  });
});

describe('what the documents show is what the program prints', () => {
  const spans = new SpanRecorder().install();
  let service: RunningApplication;
  const written: string[] = [];

  beforeAll(async () => {
    service = await RunningApplication.start();
  });
  afterAll(() => service.stop());

  it('the conversation at the top of README.md', async () => {
    const conversation = new Conversation(service.app.get(AgentService), { write: (text) => void written.push(text), quiet: (text) => text });
    const block = blockWith(readme, 'You: ');
    expect(shapeOf(block)).toContain(shapeOf(service.app.get(Greeting).served('http://127.0.0.1:8080').replace(/\. Model: .*/, '.')));
    for (const { question, answer } of dialogueIn(block)) {
      written.length = 0;
      expect(await conversation.say(question)).toBe(true);
      expect(shapeOf(written.join(''))).toBe(shapeOf(answer));
    }
  });

  it('the answer as JSON, and what the three pillars show of it', async () => {
    service.log.clear();
    spans.clear();
    const answer = await (await service.chat({ message: QUESTION })).json() as object;
    expect(jsonObjectsIn(blockWith(readme, '"reply"')).map((shown) => keysOf(shown))).toEqual([keysOf(answer)]);

    const lines = jsonObjectsIn(blockWith(readme, '"event":"agent.request_received"'));
    expect(lines).toHaveLength(3);
    for (const shown of lines) {
      const real = keysOf(service.log.of(String(shown.event))[0]);
      expect(keysOf(shown).filter((key) => !real.includes(key))).toEqual([]);
    }

    const real = new Set((await service.metrics()).split('\n').map(seriesOf));
    const samples = blockWith(readme, 'agent_requests_total{').trimEnd().split('\n').map(seriesOf);
    expect(samples.filter((sample) => !real.has(sample))).toEqual([]);

    await eventually(() => spans.spans.some(({ name }) => name === 'POST /chat'));
    const recorded = recordedTree(spans.spans);
    const drawn = drawnTree(blockWith(readme, '└─ agent.process'));
    expect(drawn.map(({ depth, name }) => [depth, name])).toEqual(recorded.map(({ depth, name }) => [depth, name]));
    expect(drawn.flatMap(({ attributes }, index) => attributes.filter((name) => !recorded[index]?.attributes.includes(name)))).toEqual([]);
  });

  it('the answer as a stream of events', async () => {
    const shown = eventShapes(blockWith(readme, 'event: run.started'));
    const real = eventShapes(await (await service.chat({ message: QUESTION }, { accept: 'text/event-stream' })).text());
    expect(real.slice(0, shown.length)).toEqual(shown);
    const table = Object.fromEntries(tablesOf(document('docs/http-api.md'), 'Event').flat().map(([event = '', fields = '']) => [event, fields]));
    for (const event of real) {
      const [name = '', fields = ''] = event.split(' ');
      expect(table[name]).toBe(name === 'run.completed' ? 'every field of the JSON answer' : fields.replaceAll(',', ', '));
    }
  });

  it('problems, readiness and every field of the answer in docs/http-api.md', async () => {
    const api = document('docs/http-api.md');
    const problem = await (await service.chat({ message: 'hello', conversation_id: 'none' })).json() as object;
    expect(jsonObjectsIn(blockWith(api, '\n  "code"'))).toEqual([{ ...problem, correlation_id: expect.any(String) as string }]);
    const ready = await (await fetch(`${service.url}/health/ready`)).json() as object;
    expect(keysOf(jsonObjectsIn(blockWith(api, '"checks"'))[0])).toEqual(keysOf(ready));
    const answer = await (await service.chat({ message: QUESTION })).json() as object;
    const fields = tablesOf(api, 'Field').flat().map(([field]) => field);
    expect(Object.keys(answer).filter((key) => !fields.includes(key))).toEqual([]);
  });

  it('tools, with nothing left out', () => {
    expect(tablesOf(readme, 'Tool').flat().map(([name]) => name).toSorted()).toEqual([...service.app.get(ToolRegistry).names()].toSorted());
  });

  it('routes', () => {
    const served = new Set([...routesOf(service.app.getHttpAdapter().getInstance()), 'POST /v1/messages']); // the last one is the simulator's
    const routes = (each: Document) => codeOf({ ...each, blocks: each.blocks.filter(({ language }) => language !== 'console') }).match(/\b(?:GET|POST) \/[\w/:.]*|(?<![\w.])\/health\/\w+|localhost:8080\/[\w/]+/g) ?? [];
    const named = [...new Set(documents.flatMap(routes))].map((route) => {
      const path = route.slice(route.indexOf('/')).replace(/:(\w+)/g, '{$1}');
      return `${/^POST|chat$|8080\/v1\/runs$/.test(route) ? 'POST' : 'GET'} ${path}`;
    });
    expect(named.length).toBeGreaterThanOrEqual(12);
    expect(named.filter((route) => !served.has(route))).toEqual([]);
  });
});

describe('the documents are for anybody', () => {
  it('README.md stays short', () => {
    expect(document('README.md').text.split('\n').length).toBeLessThanOrEqual(221); // 220 lines and the last newline
  });

  it('no emoji, no path of somebody\'s machine', () => {
    const noise = ({ text }: Document) => text.match(/\p{Extended_Pictographic}|(?<![\w.])\/(?:work|tmp|root|home|Users)\/\S*/gu) ?? [];
    expect(documents.flatMap((each) => noise(each).map((found) => `${each.path}: ${found}`))).toEqual([]);
  });

  it('decisions are numbered without a gap and say why', () => {
    const decisions = documents.filter(({ path }) => path.startsWith('docs/decisions/'));
    expect(decisions.map(({ path }) => path.slice(15, 19))).toEqual(decisions.map((_, index) => String(index + 1).padStart(4, '0')));
    const parts = ['Status:', '## Context', '## Decision', '## Consequences'];
    expect(decisions.filter(({ text }) => !parts.every((part) => text.includes(`\n${part}`))).map(({ path }) => path)).toEqual([]);
  });
});

describe('these checks', () => {
  it('see what is wrong', () => {
    const bad = takeApart('README.md', 'See [x](no/file.md), [y](#no-heading) and `src/no/file.ts`, `src/agent/`, `src/*/no-file.ts`.\n');
    expect(brokenLinks(bad)).toEqual(['no/file.md', '#no-heading']);
    expect(missingPaths(bad)).toEqual(['src/no/file.ts', 'src/*/no-file.ts']);
    expect(isMetric('agent_requests_totals')).toBe(false);
    expect(() => withGeneratedPart('no markers', 'text')).toThrow('must have');
  });
});

function firstDifference(written: string, right: string): string {
  const lines = written.split('\n');
  const index = right.split('\n').findIndex((line, at) => line !== lines[at]);
  return `line ${index + 1}\n  is     ${lines[index] ?? ''}\n  should ${right.split('\n')[index] ?? ''}`;
}
