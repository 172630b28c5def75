import { eventually } from '../../support/eventually.js';
import { RunningApplication } from '../../support/running-application.js';
import { readEvents, RunsClient } from '../../support/runs-client.js';

let service: RunningApplication;
let client: RunsClient;
beforeAll(async () => {
  service = await RunningApplication.start();
  client = new RunsClient(service.url);
});
afterAll(() => service.stop());
afterEach(() => service.simulator.clearSteps());

const QUESTION = { message: 'What is 15 multiplied by 23?' };
const ANSWER = '15 multiplied by 23 equals 345.';
const UNKNOWN = 'run_00000000-0000-4000-8000-000000000000';

describe('a run', () => {
  it('is answered as JSON, and found again under its address', async () => {
    const response = await client.create(QUESTION);
    const result = await response.json() as { run_id: string; conversation_id: string };
    expect([response.status, result]).toEqual([200, expect.objectContaining({ reply: ANSWER, outcome: 'success' })]);
    expect(response.headers.get('location')).toBe(`/v1/runs/${result.run_id}`);
    expect(await client.json(`/v1/runs/${result.run_id}`)).toMatchObject({
      run_id: result.run_id, status: 'ended', outcome: 'success', error_type: null, message: QUESTION.message, attempts: 1, cancel_requested: false, error: null,
      created_at: expect.stringMatching(/^\d{4}-.*Z$/), ended_at: expect.any(String), result,
    });
    expect(await client.json(`/v1/conversations/${result.conversation_id}`)).toMatchObject({
      conversation_id: result.conversation_id,
      messages: [{ role: 'user', content: QUESTION.message }, { role: 'assistant' }, { role: 'user' }, { role: 'assistant', content: [{ type: 'text', text: ANSWER }] }],
    });
  });

  it('is answered as it comes, with a number on each event', async () => {
    const events = await readEvents(await client.create(QUESTION, { accept: 'text/event-stream' }));
    expect(events.map(({ event }) => event).filter((name) => name !== 'text.delta')).toEqual(['run.started', 'tool.started', 'tool.completed', 'run.completed']);
    expect(events.map(({ id }) => id)).toEqual(events.map(({ id }) => id).toSorted((a, b) => a - b));
    expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
    expect(await client.events(String(events[0]?.data.run_id))).toEqual(events);
  });

  it('can be asked for without waiting, and goes on by itself', async () => {
    const response = await client.create(QUESTION, { prefer: 'respond-async' });
    const { run_id: id } = await response.json() as { run_id: string };
    expect([response.status, response.headers.get('location')]).toEqual([202, `/v1/runs/${id}`]);
    expect(await client.ended(id)).toMatchObject({ outcome: 'success', result: { reply: ANSWER } });
    expect((await client.events(id)).map(({ event }) => event).filter((name) => name !== 'text.delta')).toEqual(['run.started', 'tool.started', 'tool.completed', 'run.completed']);
  });

  it('goes on when the client of its stream leaves, and nothing more comes behind its last event', async () => {
    service.simulator.enqueueSteps('ok, slow:0.1');
    const [started] = await readEvents(await client.create(QUESTION, { accept: 'text/event-stream' }), 1);
    const id = String(started?.data.run_id);
    expect(await client.ended(id)).toMatchObject({ outcome: 'success' });
    const last = (await client.events(id)).at(-1);
    expect((await client.get(`/v1/runs/${id}/events`, { 'last-event-id': String(last?.id) })).status).toBe(204);
  });

  it('of a conversation continues it', async () => {
    const { conversation_id: id } = await (await client.create(QUESTION)).json() as { conversation_id: string };
    await client.create({ message: 'Hello', conversation_id: id });
    expect((await client.json(`/v1/conversations/${id}`)).messages).toHaveLength(6);
  });

  it('that fails says so the same way now and later', async () => {
    service.simulator.enqueueSteps('401');
    const response = await client.create({ message: 'Hello' });
    const problem = await response.json() as { code: string };
    expect([response.status, problem.code]).toEqual([503, 'llm_auth']);
    const { runs: [run] } = await client.json('/v1/runs?limit=1') as { runs: [{ run_id: string }] };
    expect(run).toMatchObject({ status: 'ended', outcome: 'error', error_type: 'authentication_error', result: null, error: { code: 'llm_auth', status: 503 } });
    expect((await client.events(run.run_id)).at(-1)).toMatchObject({ event: 'error', data: { code: 'llm_auth' } });
  });
});

describe('a run that is cancelled', () => {
  it('ends at once where it runs, and its conversation is as before', async () => {
    service.simulator.enqueueSteps('hang');
    const { run_id: id } = await (await client.create({ message: 'Hello' }, { prefer: 'respond-async' })).json() as { run_id: string };
    await eventually(() => service.simulator.inFlight === 1);
    expect((await fetch(`${service.url}/v1/runs/${id}/cancel`, { method: 'POST' })).status).toBe(202);
    const run = await client.ended(id);
    expect(run).toMatchObject({ outcome: 'cancelled', error_type: 'aborted', error: { code: 'cancelled' } });
    await eventually(() => service.simulator.inFlight === 0);
    expect((await client.json(`/v1/conversations/${String(run.conversation_id)}`)).messages).toEqual([]);
  });

  it('before it began never begins', async () => {
    service.simulator.enqueueSteps('slow:0.3');
    const { run_id: first, conversation_id: conversation } = await beginSlowly();
    const { run_id: second } = await (await client.create({ message: 'Hello', conversation_id: conversation }, { prefer: 'respond-async' })).json() as { run_id: string };
    await fetch(`${service.url}/v1/runs/${second}/cancel`, { method: 'POST' });
    expect(await client.ended(second)).toMatchObject({ outcome: 'cancelled', started_at: null });
    expect(await client.ended(first)).toMatchObject({ outcome: 'success' });
  });

  it('after it ended stays as it is', async () => {
    const { run_id: id } = await (await client.create(QUESTION)).json() as { run_id: string };
    expect(await (await fetch(`${service.url}/v1/runs/${id}/cancel`, { method: 'POST' })).json()).toMatchObject({ status: 'ended', outcome: 'success' });
  });
});

/** A run that is under way in a new conversation. */
async function beginSlowly(): Promise<{ run_id: string; conversation_id: string }> {
  const [started] = await readEvents(await client.create({ message: 'Hello' }, { accept: 'text/event-stream' }), 1);
  return started?.data as { run_id: string; conversation_id: string };
}

describe('a second run of a conversation', () => {
  it('is refused while the first is running', async () => {
    service.simulator.enqueueSteps('slow:0.3');
    const { run_id: first, conversation_id } = await beginSlowly();
    const refused = await client.create({ message: 'Hello again', conversation_id });
    expect([refused.status, refused.headers.get('retry-after'), await refused.json()]).toEqual([409, '1', expect.objectContaining({ code: 'conversation_busy', retryable: true })]);
    await client.ended(first);
  });

  it.each([['JSON', {}], ['a stream', { accept: 'text/event-stream' }]])('waits for it when asked to, and is answered as %s', async (_form, headers) => {
    service.simulator.enqueueSteps('slow:0.2');
    const { conversation_id } = await beginSlowly();
    const response = await client.create({ message: 'What is 2 + 3?', conversation_id, on_busy: 'queue' }, headers);
    expect([response.status, await response.text()]).toEqual([200, expect.stringContaining('2 + 3 equals 5.')]);
    expect((await client.json(`/v1/conversations/${conversation_id}`)).messages).toHaveLength(6);
  });

  it('of a hundred pairs at once, one is answered and the other refused, and nothing interleaves (P12)', async () => {
    for (let pair = 0; pair < 100; pair++) {
      const { conversation_id } = await (await client.create({ message: 'Hello' })).json() as { conversation_id: string };
      const statuses = await Promise.all(['one', 'two'].map(async (name) => (await client.create({ message: `Hello ${name}`, conversation_id })).status));
      const messages = (await client.json(`/v1/conversations/${conversation_id}`)).messages as { role: string }[];
      expect(messages.map(({ role }) => role)).toEqual(statuses.filter((status) => status === 200).concat(200).flatMap(() => ['user', 'assistant']));
      expect(statuses.every((status) => status === 200 || status === 409)).toBe(true);
      expect(statuses).toContain(200);
    }
    expect(service.simulator.violations).toEqual([]);
  });
});

describe('a request with an Idempotency-Key', () => {
  it('is carried out once and answered the same each time', async () => {
    const headers = { 'idempotency-key': 'once-1' };
    const first = await client.create(QUESTION, headers);
    const text = await first.text();
    const requests = service.simulator.requestCount;
    const second = await client.create(QUESTION, headers);
    expect([second.status, second.headers.get('idempotency-replayed'), await second.text()]).toEqual([200, 'true', text]);
    expect([first.headers.get('idempotency-replayed'), service.simulator.requestCount]).toEqual([null, requests]);
  });

  it('for another request is refused', async () => {
    await client.create(QUESTION, { 'idempotency-key': 'once-2' });
    const other = await client.create({ message: 'Hello' }, { 'idempotency-key': 'once-2' });
    expect([other.status, await other.json()]).toEqual([422, expect.objectContaining({ code: 'idempotency_key_reused', retryable: false })]);
  });

  it('while its twin is carried out is told to come again', async () => {
    service.simulator.enqueueSteps('slow:0.3');
    const headers = { 'idempotency-key': 'once-3' };
    const first = client.create({ message: 'Hello' }, headers);
    await eventually(() => service.simulator.inFlight === 1);
    const twin = await client.create({ message: 'Hello' }, headers);
    expect([twin.status, twin.headers.get('retry-after'), await twin.json()]).toEqual([409, '1', expect.objectContaining({ code: 'idempotency_in_flight', retryable: true })]);
    expect((await first).status).toBe(200);
  });

  it('that failed before a tool was called is carried out anew', async () => {
    service.simulator.enqueueSteps('401');
    const headers = { 'idempotency-key': 'once-4' };
    expect((await client.create({ message: 'Hello' }, headers)).status).toBe(503);
    expect((await client.create({ message: 'Hello' }, headers)).status).toBe(200);
  });

  it('that failed behind a tool call has that as its answer', async () => {
    service.simulator.enqueueSteps('tool, 401');
    const headers = { 'idempotency-key': 'once-5' };
    const first = await client.create({ message: 'Save it' }, headers);
    const second = await client.create({ message: 'Save it' }, headers);
    expect([first.status, second.status, second.headers.get('idempotency-replayed')]).toEqual([503, 503, 'true']);
  });

  it('that was not valid leaves the key free', async () => {
    const headers = { 'idempotency-key': 'once-6' };
    expect((await client.create({ message: '' }, headers)).status).toBe(400);
    expect((await client.create({ message: 'Hello' }, headers)).status).toBe(200);
  });

  it.each(['', 'with space', 'ü', 'x'.repeat(256)])('refuses %j as a key', async (key) => {
    const response = await client.create(QUESTION, { 'idempotency-key': encodeURIComponent(key) === key ? key : key.replace('ü', 'Ã¼') });
    expect([400]).toContain(response.status);
  });

  it('asked for asynchronously twice is one run', async () => {
    const headers = { prefer: 'respond-async', 'idempotency-key': 'once-7' };
    const [first, second] = [await client.create(QUESTION, headers), await client.create(QUESTION, headers)];
    expect([second.status, second.headers.get('location')]).toEqual([202, first.headers.get('location')]);
  });

  it('works for /chat, too', async () => {
    const headers = { 'idempotency-key': 'once-8' };
    const text = await (await service.chat(QUESTION, headers)).text();
    expect(await (await service.chat(QUESTION, headers)).text()).toBe(text);
  });
});

describe('the list of runs', () => {
  it('is complete and without repetition over its pages, the newest first', async () => {
    const { conversation_id } = await (await client.create({ message: 'Hello' })).json() as { conversation_id: string };
    for (let run = 0; run < 6; run++) await client.create({ message: `Hello ${run}`, conversation_id });
    const seen: string[] = [];
    for (let path = `/v1/runs?conversation_id=${conversation_id}&limit=3`; ;) {
      const { runs, next_cursor: next } = await client.json(path) as { runs: { message: string }[]; next_cursor: string | null };
      seen.push(...runs.map(({ message }) => message));
      if (next === null) break;
      path = `/v1/runs?conversation_id=${conversation_id}&limit=3&cursor=${encodeURIComponent(next)}`;
    }
    expect(seen).toEqual(['Hello 5', 'Hello 4', 'Hello 3', 'Hello 2', 'Hello 1', 'Hello 0', 'Hello']);
  });

  it('can be narrowed by outcome, status, duration and time', async () => {
    const count = async (query: string) => ((await client.json(`/v1/runs?limit=200&${query}`)).runs as unknown[]).length;
    const [all, failed, good] = [await count('status=ended'), await count('outcome=error'), await count('outcome=success')];
    expect(failed).toBeGreaterThan(0);
    expect(good).toBeGreaterThan(failed);
    expect(await count('min_duration=3600')).toBe(0);
    expect(await count('max_duration=3600')).toBe(all);
    expect(await count('until=2020-01-01T00:00:00Z')).toBe(0);
    expect(await count('since=2020-01-01T00:00:00%2B02:00&status=ended')).toBe(all);
  });

  it.each(['limit=0', 'limit=201', 'limit=x', 'status=lost', 'outcome=ok', 'since=yesterday', 'cursor=x', 'min_duration=-1', 'colour=red', 'conversation_id=a%20b'])('refuses ?%s', async (query) => {
    const response = await client.get(`/v1/runs?${query}`);
    expect([response.status, await response.json()]).toEqual([400, expect.objectContaining({ code: 'invalid_request' })]);
  });
});

it.each([
  ['GET', `/v1/runs/${UNKNOWN}`, 'run_not_found'], ['GET', `/v1/runs/${UNKNOWN}/events`, 'run_not_found'], ['POST', `/v1/runs/${UNKNOWN}/cancel`, 'run_not_found'],
  ['GET', '/v1/conversations/conv_unknown', 'conversation_not_found'],
])('%s %s is not found', async (method, path, code) => {
  const response = await fetch(`${service.url}${path}`, { method });
  expect([response.status, await response.json()]).toEqual([404, expect.objectContaining({ code })]);
});

it.each(['-1', 'x', '1.5', '9e99'])('refuses %s as the id of the last event', async (id) => {
  expect((await client.get(`/v1/runs/${UNKNOWN}/events`, { 'last-event-id': id })).status).toBe(400);
});

it.each([{ message: 'Hello', priority: 10 }, { message: 'Hello', priority: 1.5 }, { message: 'Hello', on_busy: 'wait' }, { message: 'Hello', colour: 'red' }])('refuses %j', async (body) => {
  expect((await client.create(body)).status).toBe(400);
});
