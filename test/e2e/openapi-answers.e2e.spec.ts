import { Lifecycle } from '../../src/http/lifecycle.js';
import { ApiDescription, type OpenApi } from '../support/docs/openapi.js';
import { RunningApplication } from '../support/running-application.js';
import { RunsClient } from '../support/runs-client.js';
import { parseItems } from '../support/sse-reader.js';

let service: RunningApplication;
let api: ApiDescription;
let runs: RunsClient;
/** Every answer that was seen: `GET /v1/runs/{id} 200 application/json`. */
const seen = new Set<string>();

beforeAll(async () => {
  service = await RunningApplication.start();
  runs = new RunsClient(service.url);
  api = new ApiDescription(await (await fetch(`${service.url}/docs/openapi.json`)).json() as OpenApi);
});
afterAll(() => service.stop());
afterEach(() => service.simulator.clearSteps());

const QUESTION = { message: 'What is 15 multiplied by 23?' };
const COMPLETION = { messages: [{ role: 'user', content: QUESTION.message }] };
const UNKNOWN = 'run_00000000-0000-4000-8000-000000000000';
/** What Node and Fastify say about the connection. */
const OF_HTTP = ['connection', 'content-length', 'content-type', 'date', 'keep-alive', 'transfer-encoding', 'cache-control', 'vary', 'x-accel-buffering',
  'content-security-policy', 'x-content-type-options', 'etag', 'last-modified'];

interface Sent {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Replaces the parts of the path. */
  readonly path?: string;
}

/** Sends a request and holds the answer against what the document says of it. */
async function ask(route: string, { body, headers = {}, path }: Sent = {}): Promise<{ readonly status: number; readonly body: unknown }> {
  const [method = '', template = ''] = route.split(' ');
  const response = await fetch(`${service.url}${path ?? template}`, {
    method, headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return { status: response.status, body: await held(route, response) };
}

async function held(route: string, response: Response): Promise<unknown> {
  const { status } = response;
  const said = api.answer(route, status);
  const documented = Object.keys(said.headers ?? {});
  expect([route, status, [...response.headers.keys()].filter((name) => !OF_HTTP.includes(name) && !documented.includes(name))]).toEqual([route, status, []]);
  const [type = ''] = response.headers.get('content-type')?.split(';') ?? [];
  seen.add(`${route} ${status} ${type}`.trim());
  const text = await response.text();
  if (!said.content) {
    expect([route, status, text]).toEqual([route, status, '']);
    return undefined;
  }
  const media = said.content[type];
  if (!media) throw new Error(`${route} ${status} has no ${type}`);
  if (type === 'text/event-stream') {
    const items = parseItems(text).filter((item) => item !== '[DONE]');
    for (const item of items) expect([route, item, api.faults(media['x-item-schema'], item)]).toEqual([route, item, []]);
    return items;
  }
  const body: unknown = type.endsWith('json') ? JSON.parse(text) : text;
  // The document itself has a schema that says nothing about its inside.
  if (template(route) !== '/docs/openapi.json') expect([route, status, body, api.faults(media.schema, body)]).toEqual([route, status, body, []]);
  if (said['x-codes']) expect([route, said['x-codes']]).toEqual([route, expect.arrayContaining([codeOf(body)])]);
  return body;
}

function template(route: string): string {
  return route.slice(route.indexOf(' ') + 1);
}

/** The code of a problem, in either shape. */
function codeOf(body: unknown): string {
  const { code, error } = body as { readonly code?: string; readonly error?: { readonly code: string } };
  return code ?? error?.code ?? '';
}

describe('what the document says is what the service answers:', () => {
  it('a question', async () => {
    expect(await ask('POST /chat', { body: QUESTION })).toMatchObject({ status: 200, body: { outcome: 'success' } });
    expect(await ask('POST /chat', { body: { message: 'What is the weather in Paris? Save it as a note called paris.' } })).toMatchObject({ status: 200 });
    expect((await ask('POST /chat', { body: QUESTION, headers: { accept: 'text/event-stream' } })).body).toEqual(expect.arrayContaining([expect.objectContaining({ event: 'run.completed' })]));
    for (const key of ['one', 'one']) expect(await ask('POST /chat', { body: QUESTION, headers: { 'idempotency-key': key } })).toMatchObject({ status: 200 });
  });

  it('a question that is refused, or has no answer', async () => {
    expect(await ask('POST /chat', { body: { message: '', what: 1 } })).toMatchObject({ status: 400 });
    expect(await ask('POST /chat', { body: '{' })).toMatchObject({ status: 400, body: { code: 'malformed_request' } });
    expect(await ask('POST /chat', { body: { ...QUESTION, conversation_id: 'none' } })).toMatchObject({ status: 404 });
    expect(await ask('POST /chat', { body: 'x'.repeat(300_000) })).toMatchObject({ status: 413 });
    expect(await ask('POST /chat', { body: QUESTION, headers: { 'content-type': 'text/plain' } })).toMatchObject({ status: 415 });
    expect(await ask('POST /chat', { body: { message: 'Another one' }, headers: { 'idempotency-key': 'one' } })).toMatchObject({ status: 422 });
    service.simulator.enqueueSteps('401');
    expect(await ask('POST /chat', { body: QUESTION })).toMatchObject({ status: 503, body: { code: 'llm_auth' } });
  });

  it('a run in its three forms', async () => {
    expect(await ask('POST /v1/runs', { body: { ...QUESTION, priority: 9, on_busy: 'queue' } })).toMatchObject({ status: 200 });
    expect(await ask('POST /v1/runs', { body: QUESTION, headers: { accept: 'text/event-stream' } })).toMatchObject({ status: 200 });
    const { status, body } = await ask('POST /v1/runs', { body: QUESTION, headers: { prefer: 'respond-async' } });
    const { run_id: id } = body as { run_id: string };
    expect(status).toBe(202);
    expect(await ask('GET /v1/runs/{id}', { path: `/v1/runs/${id}` })).toMatchObject({ status: 200 });
    const { conversation_id: conversation } = await runs.ended(id) as { conversation_id: string };
    const events = (await ask('GET /v1/runs/{id}/events', { path: `/v1/runs/${id}/events` })).body as { id: number }[];
    expect(await ask('GET /v1/runs/{id}/events', { path: `/v1/runs/${id}/events`, headers: { 'last-event-id': String(events.at(-1)?.id) } })).toMatchObject({ status: 204 });
    expect(await ask('GET /v1/runs/{id}', { path: `/v1/runs/${id}` })).toMatchObject({ status: 200, body: { status: 'ended' } });
    expect(await ask('GET /v1/conversations/{id}', { path: `/v1/conversations/${conversation}` })).toMatchObject({ status: 200 });
    expect(await ask('GET /v1/runs', { path: '/v1/runs?limit=2&status=ended' })).toMatchObject({ status: 200, body: { next_cursor: expect.any(String) } });
  });

  it('a run that is cancelled, busy or unknown', async () => {
    service.simulator.enqueueSteps('hang');
    const { body } = await ask('POST /v1/runs', { body: QUESTION, headers: { prefer: 'respond-async', 'idempotency-key': 'two' } });
    const { run_id: id } = body as { run_id: string };
    const { conversation_id: conversation } = await runs.json(`/v1/runs/${id}`) as { conversation_id: string };
    expect(await ask('POST /v1/runs', { body: QUESTION, headers: { 'idempotency-key': 'two' } })).toMatchObject({ status: 409, body: { code: 'idempotency_in_flight' } });
    expect(await ask('POST /v1/runs', { body: { ...QUESTION, conversation_id: conversation } })).toMatchObject({ status: 409, body: { code: 'conversation_busy' } });
    expect(await ask('POST /v1/runs/{id}/cancel', { path: `/v1/runs/${id}/cancel` })).toMatchObject({ status: 202 });
    await runs.ended(id);
    expect(await ask('GET /v1/runs/{id}', { path: `/v1/runs/${id}` })).toMatchObject({ status: 200, body: { outcome: 'cancelled', error: { code: 'cancelled' } } });
    expect(await ask('POST /v1/runs', { body: QUESTION, headers: { 'idempotency-key': 'two' } })).toMatchObject({ status: 499 });
    for (const [route, suffix] of [['GET /v1/runs/{id}', ''], ['GET /v1/runs/{id}/events', '/events'], ['POST /v1/runs/{id}/cancel', '/cancel']] as const) {
      expect(await ask(route, { path: `/v1/runs/${UNKNOWN}${suffix}` })).toMatchObject({ status: 404, body: { code: 'run_not_found' } });
      expect(await ask(route, { path: `/v1/runs/no.id${suffix}` })).toMatchObject({ status: 400 });
    }
    expect(await ask('GET /v1/conversations/{id}', { path: '/v1/conversations/none' })).toMatchObject({ status: 404 });
    expect(await ask('GET /v1/runs', { path: '/v1/runs?cursor=none' })).toMatchObject({ status: 400 });
  });

  it('the routes for OpenAI clients', async () => {
    expect(await ask('POST /v1/chat/completions', { body: { ...COMPLETION, model: 'gpt' }, headers: { 'x-session-id': 'documented' } })).toMatchObject({ status: 200 });
    expect(await ask('POST /v1/chat/completions', { body: { ...COMPLETION, stream: true, stream_options: { include_usage: true } } })).toMatchObject({ status: 200 });
    expect(await ask('POST /v1/chat/completions', { body: { ...COMPLETION, n: 2 } })).toMatchObject({ status: 400 });
    service.simulator.enqueueSteps('401');
    expect(await ask('POST /v1/chat/completions', { body: COMPLETION })).toMatchObject({ status: 503, body: { error: { code: 'llm_auth' } } });
    expect(await ask('GET /v1/models')).toMatchObject({ status: 200 });
    expect(await ask('GET /v1/models/{id}', { path: '/v1/models/task-automation-agent' })).toMatchObject({ status: 200 });
    expect(await ask('GET /v1/models/{id}', { path: '/v1/models/gpt' })).toMatchObject({ status: 404 });
  });

  it('what runs here, how it is, and the document', async () => {
    for (const route of ['GET /', 'GET /health/live', 'GET /health/ready', 'GET /metrics', 'GET /v1/slo', 'GET /runbooks', 'GET /docs', 'GET /docs/openapi.json']) expect([route, (await ask(route)).status]).toEqual([route, 200]);
    expect((await ask('GET /metrics', { headers: { accept: 'application/openmetrics-text' } })).status).toBe(200);
    for (const file of ['swagger-ui.css', 'swagger-ui-init.js', 'favicon-16x16.png']) expect((await ask('GET /docs/{file}', { path: `/docs/${file}` })).status).toBe(200);
    expect((await ask('GET /docs/{file}', { path: '/docs/index.html' })).status).toBe(404);
    expect((await ask('GET /runbooks/{name}', { path: '/runbooks/ServiceDown' })).status).toBe(200);
    for (const name of ['Nothing', '..%2F..%2FLICENSE']) expect(await ask('GET /runbooks/{name}', { path: `/runbooks/${name}` })).toMatchObject({ status: 404, body: { code: 'not_found' } });
    expect((await ask('GET /', { headers: { 'content-encoding': 'gzip' } })).status).toBe(415);
  });

  it('a process that drains', async () => {
    void service.app.get(Lifecycle).drain('test', 1_000);
    expect(await ask('GET /health/ready')).toMatchObject({ status: 503, body: { draining: true } });
    expect(await ask('POST /chat', { body: QUESTION })).toMatchObject({ status: 503, body: { code: 'shutting_down', retry_after_seconds: 1 } });
    expect(await ask('POST /v1/chat/completions', { body: COMPLETION })).toMatchObject({ status: 503, body: { error: { code: 'shutting_down' } } });
  });

  it('every answer that is no problem was seen', () => {
    const promised = [...api.operations].flatMap(([route, { responses }]) => Object.keys(responses).filter((status) => /^[23]/.test(status))
      .flatMap((status) => Object.keys(api.answer(route, Number(status)).content ?? { '': {} }).map((type) => `${route} ${status} ${type}`.trim())));
    expect(promised.filter((answer) => !seen.has(answer))).toEqual(['GET /docs/{file} 304']);
  });
});
