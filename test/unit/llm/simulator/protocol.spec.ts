import { Simulator, type SimulatorOptions } from '../../../../src/llm/simulator/simulator.js';

/** A parsed answer; its shape is what the tests are about. */
type Json = ReturnType<typeof JSON.parse>;

const HEADERS = { 'content-type': 'application/json', 'anthropic-version': '2026-10-21', authorization: 'Bearer test-key' };
const TOOLS = ['calculator', 'get_weather'].map((name) => ({ name, input_schema: { type: 'object' } }));
const BODY = { model: 'simulated', max_tokens: 500, messages: [{ role: 'user', content: 'What is 15 multiplied by 23?' }] };
const EPHEMERAL = { cache_control: { type: 'ephemeral' } };

const running: Simulator[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((simulator) => simulator.close()));
});

async function start(options: SimulatorOptions = {}): Promise<Simulator> {
  const simulator = await Simulator.start(options);
  running.push(simulator);
  return simulator;
}

function post(simulator: Simulator, body: object, path = '/v1/messages'): Promise<Response> {
  return fetch(simulator.url + path, { method: 'POST', headers: HEADERS, body: JSON.stringify(body) });
}

async function json(simulator: Simulator, body: object, path?: string): Promise<Json> {
  return (await post(simulator, body, path)).json();
}

/** The events of a stream, read from the raw text so that nothing is merged or hidden. */
function eventsOf(raw: string): { event: string; data: Json }[] {
  expect(raw.endsWith('\n\n')).toBe(true);
  return raw.slice(0, -2).split('\n\n').map((frame) => {
    const [event = '', data = '', ...rest] = frame.split('\n');
    expect(rest).toEqual([]);
    return { event: event.replace(/^event: /, ''), data: JSON.parse(data.replace(/^data: /, '')) };
  });
}

describe('a JSON answer', () => {
  it('has the shape of the API', async () => {
    const simulator = await start();
    const response = await post(simulator, { ...BODY, tools: TOOLS });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(response.headers.get('request-id')).toMatch(/^req_\w+$/);
    for (const name of ['requests', 'input-tokens', 'output-tokens']) {
      expect(Number(response.headers.get(`anthropic-ratelimit-${name}-limit`))).toBeGreaterThan(0);
      expect(Number(response.headers.get(`anthropic-ratelimit-${name}-remaining`))).toBeGreaterThan(0);
      expect(Date.parse(response.headers.get(`anthropic-ratelimit-${name}-reset`)!)).not.toBeNaN();
    }
    const message = await response.json();
    expect(message).toEqual({
      id: expect.stringMatching(/^msg_\w+$/), type: 'message', role: 'assistant', model: 'simulated',
      content: [{
        type: 'tool_use', id: expect.stringMatching(/^toolu_\w+$/), name: 'calculator', input: { expression: '15 * 23' }, caller: { type: 'direct' },
      }],
      stop_reason: 'tool_use', stop_sequence: null, stop_details: null, container: null, diagnostics: null,
      usage: {
        input_tokens: expect.any(Number), output_tokens: expect.any(Number), cache_creation_input_tokens: 0, cache_read_input_tokens: 0,
        cache_creation: { ephemeral_1h_input_tokens: 0, ephemeral_5m_input_tokens: 0 },
        inference_geo: null, output_tokens_details: null, server_tool_use: null, service_tier: 'standard', speed: null,
      },
    });
  });

  it('is the same for the same request, in any simulator, and another for another', async () => {
    const [one, other] = [await start(), await start()];
    const body = { ...BODY, tools: TOOLS, messages: [{ role: 'user', content: 'What is 2+2 and the weather in Rome?' }] };
    const first = await json(one, body);
    expect(await json(one, body)).toEqual(first);
    expect(await json(other, body)).toEqual(first);
    expect(await json(one, { ...body, stream: false })).toEqual(first);
    expect((await json(one, { ...body, max_tokens: 501 })).id).not.toBe(first.id);
    expect(first.content[0].id).not.toBe(first.content[1].id);
  });

  it('ends at max_tokens without half a character, and leaves a call out that does not fit', async () => {
    const simulator = await start();
    const joke = { ...BODY, messages: [{ role: 'user', content: 'Tell me a joke' }] };
    const short = await json(simulator, { ...joke, max_tokens: 5 });
    expect(short).toMatchObject({ stop_reason: 'max_tokens', usage: { output_tokens: 5 } });
    expect((await json(simulator, joke)).content[0].text.startsWith(short.content[0].text)).toBe(true);
    expect(await json(simulator, { ...BODY, tools: TOOLS, max_tokens: 2 })).toMatchObject({ content: [], stop_reason: 'max_tokens' });
  });

  it('ends before a stop sequence', async () => {
    const simulator = await start();
    const answer = await json(simulator, { ...BODY, messages: [{ role: 'user', content: 'Hi' }], stop_sequences: ['no API key', 'nowhere'] });
    expect(answer).toMatchObject({ stop_reason: 'stop_sequence', stop_sequence: 'no API key' });
    expect(answer.content[0].text).toBe('Hello! I am the simulated model: ');
  });
});

describe('a streamed answer', () => {
  it('has the exact event sequence of the API for text', async () => {
    const simulator = await start();
    simulator.enqueue({ kind: 'text', text: '15 multiplied by 23 equals 345.' });
    const response = await post(simulator, { ...BODY, stream: true });
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(response.headers.get('anthropic-ratelimit-requests-limit')).not.toBeNull();
    const events = eventsOf(await response.text());
    const usage = {
      cache_creation_input_tokens: 0, cache_read_input_tokens: 0, input_tokens: 7, output_tokens: 8, output_tokens_details: null, server_tool_use: null,
    };
    expect(events.every(({ event, data }) => event === data.type)).toBe(true);
    expect(events.map(({ data }) => data)).toEqual([
      { type: 'message_start', message: expect.objectContaining({ content: [], stop_reason: null, stop_sequence: null, usage: expect.objectContaining({ input_tokens: 7, output_tokens: 1 }) }) },
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '', citations: null } },
      { type: 'ping' },
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: '15 multiplied ' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'by 23 equals ' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: '345.' } },
      { type: 'content_block_stop', index: 0 },
      { type: 'message_delta', delta: { container: null, stop_details: null, stop_reason: 'end_turn', stop_sequence: null }, usage },
      { type: 'message_stop' },
    ]);
  });

  it('sends tool input in pieces that start with an empty one', async () => {
    const simulator = await start();
    const body = { ...BODY, tools: TOOLS, stream: true, messages: [{ role: 'user', content: 'What is 15 times 23 and the weather in Rome?' }] };
    const events = eventsOf(await (await post(simulator, body)).text()).map(({ data }) => data);
    expect(events.filter(({ type }) => type === 'ping')).toHaveLength(1);
    for (const [index, name, input] of [[0, 'calculator', { expression: '15 * 23' }], [1, 'get_weather', { location: 'Rome' }]] as const) {
      expect(events.find((event) => event.type === 'content_block_start' && event.index === index).content_block).toMatchObject({ type: 'tool_use', name, input: {} });
      const pieces: string[] = events.filter((event) => event.type === 'content_block_delta' && event.index === index).map(({ delta }) => delta.partial_json);
      expect(pieces[0]).toBe('');
      expect(pieces.length).toBeGreaterThan(2);
      expect(JSON.parse(pieces.join(''))).toEqual(input);
    }
    expect(events.at(-2).delta.stop_reason).toBe('tool_use');
  });

  it.each(['🙂'.repeat(100), 'x'.repeat(500), ' leading and trailing ', 'two\n\nparagraphs: data: x\r\nevent: y', 'a'])('carries every character: %j', async (text) => {
    const simulator = await start();
    simulator.enqueue({ kind: 'reply', content: [{ type: 'thinking', thinking: text }, { type: 'redacted_thinking', data: 'x' }, { type: 'text', text }] });
    const events = eventsOf(await (await post(simulator, { ...BODY, stream: true })).text()).map(({ data }) => data);
    const deltas = events.filter(({ type }) => type === 'content_block_delta');
    const [thinking, said] = [0, 2].map((index) => deltas.filter((event) => event.index === index).map(({ delta }) => delta.text ?? delta.thinking ?? ''));
    expect(thinking!.join('')).toBe(text);
    expect(said!.join('')).toBe(text);
    expect(said!.every((piece: string) => piece.isWellFormed())).toBe(true);
    expect(deltas.find(({ delta }) => delta.type === 'signature_delta')).toBeDefined();
  });

  it('arrives bit by bit when a pace is set, in the same order', async () => {
    const paced = await start({ timeToFirstTokenMilliseconds: 5, tokensPerSecond: 150 });
    const instant = await start();
    const body = { ...BODY, stream: true, messages: [{ role: 'user', content: 'Hello' }] };
    const chunks: string[] = [];
    const decoder = new TextDecoder();
    for await (const chunk of (await post(paced, body)).body!) chunks.push(decoder.decode(chunk as Uint8Array, { stream: true }));
    expect(chunks.length).toBeGreaterThan(1);
    expect(chunks.join('')).toBe(await (await post(instant, body)).text());
    expect(await json(paced, { ...body, stream: false })).toEqual(await json(instant, { ...body, stream: false }));
  });
});

describe('usage', () => {
  it('is a token for four characters of system, tools and messages', async () => {
    const simulator = await start();
    const plain = { model: 'm', max_tokens: 9, messages: [{ role: 'user', content: 'x'.repeat(40) }] };
    expect((await json(simulator, plain)).usage.input_tokens).toBe(10);
    expect((await json(simulator, { ...plain, system: 'y' })).usage.input_tokens).toBe(11);
    const tools = [{ name: 'four', description: 'x'.repeat(79), input_schema: { type: 'object' } }];
    expect((await json(simulator, { ...plain, tools })).usage.input_tokens).toBe(35);
  });

  it('is what count_tokens says', async () => {
    const simulator = await start();
    const { max_tokens: _, ...body } = { ...BODY, tools: TOOLS, system: 'Be brief.' };
    const { input_tokens: counted } = await json(simulator, body, '/v1/messages/count_tokens');
    expect((await json(simulator, { ...body, max_tokens: 50 })).usage.input_tokens).toBe(counted);
  });

  it('counts a cached prefix as created first and as read afterwards', async () => {
    const simulator = await start();
    const body = { ...BODY, system: [{ type: 'text', text: 's'.repeat(400), ...EPHEMERAL }] };
    const { usage: first } = await json(simulator, body);
    expect(first).toMatchObject({ input_tokens: 7, cache_creation_input_tokens: 100, cache_read_input_tokens: 0 });
    expect(first.cache_creation).toEqual({ ephemeral_1h_input_tokens: 0, ephemeral_5m_input_tokens: 100 });
    const { usage: second } = await json(simulator, { ...body, messages: [{ role: 'user', content: 'Something else' }] });
    expect(second).toMatchObject({ input_tokens: 4, cache_creation_input_tokens: 0, cache_read_input_tokens: 100 });
    const { usage: changed } = await json(simulator, { ...body, system: [{ type: 'text', text: 't'.repeat(400), ...EPHEMERAL }] });
    expect(changed).toMatchObject({ cache_creation_input_tokens: 100, cache_read_input_tokens: 0 });
  });

  it('reads what the last turn created when the breakpoint moves on', async () => {
    const simulator = await start();
    const turn = (role: string, text: string, mark = {}): object => ({ role, content: [{ type: 'text', text, ...mark }] });
    await json(simulator, { ...BODY, messages: [turn('user', 'x'.repeat(400), EPHEMERAL)] });
    const grown = [turn('user', 'x'.repeat(400)), turn('assistant', 'y'.repeat(40)), turn('user', 'z'.repeat(40), EPHEMERAL)];
    expect((await json(simulator, { ...BODY, messages: grown })).usage).toMatchObject({
      input_tokens: 0, cache_read_input_tokens: 100, cache_creation_input_tokens: 20,
    });
  });

  it('takes the cache of the whole request for a breakpoint at the top, with its lifetime', async () => {
    const simulator = await start();
    const { usage } = await json(simulator, { ...BODY, cache_control: { type: 'ephemeral', ttl: '1h' } });
    expect(usage).toMatchObject({ input_tokens: 0, cache_creation: { ephemeral_1h_input_tokens: 7, ephemeral_5m_input_tokens: 0 } });
  });
});

describe('the other endpoints', () => {
  it('lists the simulated model alone', async () => {
    const simulator = await start();
    const list: Json = await (await fetch(`${simulator.url}/v1/models`, { headers: HEADERS })).json();
    expect(list).toMatchObject({ has_more: false, first_id: 'simulated', last_id: 'simulated' });
    expect(list.data.map(({ id }: { id: string }) => id)).toEqual(['simulated']);
  });

  it('is healthy, and a probe is no request of the model', async () => {
    const simulator = await start();
    expect((await fetch(`${simulator.url}/health`)).status).toBe(200);
    expect(simulator.requestCount).toBe(0);
  });
});

describe('the record of requests', () => {
  it('holds body, status and headers without the key', async () => {
    const simulator = await start();
    await json(simulator, BODY);
    await fetch(`${simulator.url}/v1/messages?x=1`, { method: 'POST', headers: { 'x-api-key': 'secret' }, body: '{}' });
    expect(simulator.requests).toMatchObject([
      { method: 'POST', path: '/v1/messages', body: BODY, status: 200, clientClosed: false, headers: { authorization: '[redacted]' } },
      { path: '/v1/messages', status: 400, headers: { 'x-api-key': '[redacted]' } },
    ]);
    expect(JSON.stringify(simulator.requests)).not.toMatch(/test-key|secret/);
  });

  it('keeps the last ones and counts all', async () => {
    const simulator = await start({ keepRequests: 2 });
    for (const content of ['one', 'two', 'three']) await json(simulator, { ...BODY, messages: [{ role: 'user', content }] });
    expect(simulator.requests.map(({ body }) => (body as typeof BODY).messages[0]?.content)).toEqual(['two', 'three']);
    expect(simulator.requestCount).toBe(3);
    expect(simulator.inFlight).toBe(0);
  });

  it('keeps no more than a hundred violations', async () => {
    const simulator = await start();
    for (let count = 0; count < 105; count += 1) await json(simulator, {});
    expect(simulator.violations).toHaveLength(100);
    expect(simulator.violationCount).toBe(105);
  });
});

describe('starting and closing', () => {
  it('says where it listens and refuses a port that is taken', async () => {
    const simulator = await start();
    expect(simulator.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    await expect(Simulator.start({ port: Number(new URL(simulator.url).port) })).rejects.toThrow('EADDRINUSE');
  });

  it('closes with a request hanging, and twice', async () => {
    const simulator = await start();
    simulator.enqueue({ kind: 'hang' });
    const pending = post(simulator, BODY);
    pending.catch(() => undefined);
    while (simulator.requests[0]?.body === undefined) await new Promise((resolve) => setTimeout(resolve, 5));
    await simulator.close();
    await simulator.close();
    await expect(pending).rejects.toThrow();
    expect(simulator.requests[0]).toMatchObject({ clientClosed: false, status: undefined });
  });
});
