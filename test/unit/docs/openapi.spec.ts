import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { PROBLEM_CODES, statusesOf } from '../../../src/http/docs/problem-codes.js';
import { readDocuments, tablesOf } from '../../support/docs/documents.js';
import { ApiDescription, routesOf, type MediaType, type OpenApi } from '../../support/docs/openapi.js';
import { RunningApplication } from '../../support/running-application.js';
import { Vocabulary } from '../../support/docs/vocabulary.js';
import { parseItems } from '../../support/sse-reader.js';

const FILE = 'openapi.json';

let service: RunningApplication;
let api: ApiDescription;
beforeAll(async () => {
  service = await RunningApplication.start();
  api = new ApiDescription(await (await fetch(`${service.url}/docs/openapi.json`)).json() as OpenApi);
});
afterAll(() => service.stop());

/** Every media type of the document, and where it is. */
function mediaTypes(): readonly { readonly where: string; readonly type: string; readonly media: MediaType }[] {
  return [...api.operations].flatMap(([route, { requestBody, responses }]) => [
    ...Object.entries(requestBody?.content ?? {}).map(([type, media]) => ({ where: `${route} body`, type, media })),
    ...Object.keys(responses).filter((status) => /^\d+$/.test(status)).flatMap((status) => (
      Object.entries(api.answer(route, Number(status)).content ?? {}).map(([type, media]) => ({ where: `${route} ${status}`, type, media }))
    )),
  ]);
}

it('openapi.json is what the service serves', () => {
  const right = `${JSON.stringify(api.document, null, 2)}\n`;
  if (process.env.UPDATE_DOCS === '1') writeFileSync(FILE, right);
  else if (!existsSync(FILE) || readFileSync(FILE, 'utf8') !== right) throw new Error(`${FILE} is out of date; run: UPDATE_DOCS=1 npm test -- test/unit/docs`);
});

describe('the document', () => {
  it('is OpenAPI 3.1 of this version', () => {
    expect(api.document.openapi).toMatch(/^3\.1\./);
    expect(api.document.info).toMatchObject({ title: 'task-agent', version: '0.1.0' });
  });

  it('has every route of the server, and no other', () => {
    const served = routesOf(service.app.getHttpAdapter().getInstance());
    expect(served.length).toBeGreaterThanOrEqual(16);
    expect([...api.operations.keys()].toSorted()).toEqual([...served].toSorted());
  });

  it('has no reference that leads nowhere, and no component that nothing refers to', () => {
    const references = new Set(api.references());
    expect(references.size).toBeGreaterThan(30);
    for (const $ref of references) expect(Object.keys(api.resolved({ $ref })).length).toBeGreaterThan(0);
    const components = Object.entries(api.document.components).flatMap(([kind, named]) => Object.keys(named).map((name) => `#/components/${kind}/${name}`));
    expect(components.filter((component) => !references.has(component))).toEqual([]);
  });

  it('names each operation once, says what it does, and files it under a tag', () => {
    const operations = [...api.operations.values()];
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
    const tags = api.document.tags.map(({ name }) => name);
    expect(operations.filter((operation) => operation.summary === '' || operation.tags.length !== 1 || !operation.tags.every((tag) => tags.includes(tag)))).toEqual([]);
  });

  it('describes every part of a path, and no other', () => {
    for (const [route, { parameters = [] }] of api.operations) {
      const described = parameters.map((parameter) => api.resolved(parameter)).filter((parameter) => parameter.in === 'path').map(({ name }) => name);
      expect([route, described]).toEqual([route, [...route.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)]);
    }
  });

  it('never names a parameter twice in one operation', () => {
    for (const [route, { parameters = [] }] of api.operations) {
      const names = parameters.map((parameter) => api.resolved(parameter)).map((parameter) => `${String(parameter.in)} ${String(parameter.name)}`);
      expect([route, names]).toEqual([route, [...new Set(names)]]);
    }
  });

  it('shows examples that its schemas accept', () => {
    const shown = mediaTypes().filter(({ media }) => media.example !== undefined);
    expect(shown.length).toBeGreaterThanOrEqual(15);
    expect(shown.flatMap(({ where, media: { schema, example } }) => api.faults(schema, example).map((fault) => `${where}: ${fault}`))).toEqual([]);
  });

  it('shows events that their schemas accept', () => {
    const streams = mediaTypes().filter(({ type }) => type === 'text/event-stream');
    expect(streams).toHaveLength(4);
    for (const { where, media } of streams) {
      for (const item of parseItems(String(media.example)).filter((each) => each !== '[DONE]')) expect([where, api.faults(media['x-item-schema'], item)]).toEqual([where, []]);
    }
  });

  it('lists the filters that the list of runs takes', () => {
    const { parameters = [] } = api.operations.get('GET /v1/runs') ?? {};
    const query = parameters.map((parameter) => api.resolved(parameter)).filter((parameter) => parameter.in === 'query');
    expect(query.map(({ name }) => name)).toEqual(['conversation_id', 'status', 'outcome', 'min_duration', 'max_duration', 'since', 'until', 'limit', 'cursor']);
    expect(query.map(({ name, schema }) => (schema === undefined ? name : undefined)).filter(Boolean)).toEqual([]);
  });
});

describe('the codes of problems', () => {
  it('are those that the code can send', () => {
    // What ends the start of a process is told at the terminal; longer addresses are longer than the headers may be.
    const NEVER_SENT = ['uri_too_long', 'store_locked', 'store_unusable'];
    expect(PROBLEM_CODES.toSorted()).toEqual([...new Vocabulary().problemCodes].filter((code) => !NEVER_SENT.includes(code)).toSorted());
  });

  it('have the statuses that docs/http-api.md says', () => {
    const guide = readDocuments().find(({ path }) => path === 'docs/http-api.md');
    if (!guide) throw new Error('docs/http-api.md is missing');
    const written = tablesOf(guide, 'Code').flat().map(([code = '', status = '']) => [code, status.split(/, | or /).map((each) => each.toUpperCase())]);
    expect(Object.fromEntries(written)).toEqual(Object.fromEntries(PROBLEM_CODES.map((code) => [code, statusesOf(code)])));
  });
});

describe('these checks', () => {
  it('see what is wrong', () => {
    const problem = { $ref: '#/components/schemas/Problem' };
    expect(api.faults(problem, {})).not.toEqual([]);
    const liveness = { $ref: '#/components/schemas/Liveness' };
    expect([api.faults(liveness, { status: 'healthy' }), api.faults(liveness, { status: 'healthy', more: 1 }), api.faults(liveness, { status: 'ill' })]).toEqual([[], [expect.any(String)], [expect.any(String)]]);
    expect(() => api.resolved({ $ref: '#/components/schemas/None' })).toThrow('leads nowhere');
    expect(() => api.answer('GET /health/live', 404)).not.toThrow();
    expect(() => api.answer('GET /health/live', 302)).toThrow('no answer 302');
  });
});
