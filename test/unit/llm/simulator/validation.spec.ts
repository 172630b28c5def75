import { Simulator } from '../../../../src/llm/simulator/simulator.js';

const HEADERS = { 'content-type': 'application/json', 'anthropic-version': '2026-10-21', 'x-api-key': 'test-key' };
const BODY = { model: 'simulated', max_tokens: 100, messages: [{ role: 'user', content: 'Hello' }] };
const TOOL = { name: 'calculator', input_schema: { type: 'object' } };

const user = (content: unknown): object => ({ role: 'user', content });
const assistant = (content: unknown): object => ({ role: 'assistant', content });
const text = (value: unknown): object => ({ type: 'text', text: value });
const toolUse = (id: unknown, input: unknown = {}, name: unknown = 'calculator'): object => ({ type: 'tool_use', id, name, input });
const toolResult = (id: unknown, rest: object = { content: '1' }): object => ({ type: 'tool_result', tool_use_id: id, ...rest });
const history = (...messages: object[]): object => ({ ...BODY, tools: [TOOL], messages });
const answered = (...results: object[]): object => history(user('x'), assistant([toolUse('a'), toolUse('b')]), user(results));
const marked = { cache_control: { type: 'ephemeral' } };

let simulator: Simulator;
beforeAll(async () => {
  simulator = await Simulator.start();
});
afterAll(() => simulator.close());

interface Answer {
  readonly status: number;
  readonly message: string;
  readonly type: string;
}

async function post(body: unknown, headers: Record<string, string> = HEADERS, path = '/v1/messages'): Promise<Answer> {
  const response = await fetch(simulator.url + path, { method: 'POST', headers, body: typeof body === 'string' ? body : JSON.stringify(body) });
  const parsed = await response.json() as { error?: { type: string; message: string }; request_id?: string };
  if (parsed.error) expect(parsed).toEqual({ type: 'error', error: parsed.error, request_id: response.headers.get('request-id') });
  return { status: response.status, type: parsed.error?.type ?? '', message: parsed.error?.message ?? '' };
}

describe('requests that the real API refuses', () => {
  it.each<[string, string, unknown]>([
    ['no JSON', 'body: ', '{"model":'],
    ['no object', 'body: ', []],
    ['null', 'body: ', 'null'],
    ['no model', 'model: Field required', { ...BODY, model: undefined }],
    ['an empty model', 'model: ', { ...BODY, model: ' ' }],
    ['a model that is no text', 'model: ', { ...BODY, model: 5 }],
    ['no max_tokens', 'max_tokens: Field required', { ...BODY, max_tokens: undefined }],
    ['max_tokens of zero', 'max_tokens: ', { ...BODY, max_tokens: 0 }],
    ['a broken max_tokens', 'max_tokens: ', { ...BODY, max_tokens: 1.5 }],
    ['max_tokens as text', 'max_tokens: ', { ...BODY, max_tokens: '100' }],
    ['an unknown field', 'max_token: Extra inputs are not permitted', { ...BODY, max_token: 1 }],
    ['a prototype key', '__proto__: Extra inputs are not permitted', '{"__proto__":{},"model":"m","max_tokens":1,"messages":[{"role":"user","content":"x"}]}'],
    ['a temperature above 1', 'temperature: ', { ...BODY, temperature: 1.1 }],
    ['a negative temperature', 'temperature: ', { ...BODY, temperature: -0.1 }],
    ['stream as text', 'stream: ', { ...BODY, stream: 'yes' }],
    ['a blank stop sequence', 'stop_sequences.0: ', { ...BODY, stop_sequences: [' '] }],
    ['a small thinking budget', 'thinking.budget_tokens: ', { ...BODY, thinking: { type: 'enabled', budget_tokens: 10 } }],
    ['a thinking budget over max_tokens', 'thinking.budget_tokens: ', { ...BODY, thinking: { type: 'enabled', budget_tokens: 2000 } }],
    ['messages that are no list', 'messages: ', { ...BODY, messages: 'Hello' }],
    ['no messages', 'messages: ', history()],
    ['a message that is no object', 'messages.0: ', { ...BODY, messages: ['Hello'] }],
    ['an unknown role', 'messages.0.role: ', history({ role: 'system', content: 'x' })],
    ['an extra field of a message', 'messages.0.id: Extra inputs', history({ role: 'user', content: 'x', id: '1' })],
    ['an assistant first', 'messages.0.role: ', history(assistant('x'), user('y'))],
    ['two users in a row', 'messages.1.role: ', history(user('x'), user('y'))],
    ['two assistants in a row', 'messages.2.role: ', history(user('x'), assistant('y'), assistant('z'), user('w'))],
    ['an assistant last', 'messages.1: ', history(user('x'), assistant('y'))],
    ['no content', 'messages.0.content: Field required', history({ role: 'user' })],
    ['empty content', 'messages.0.content: ', history(user(''))],
    ['blank content', 'messages.0.content: ', history(user(' \n'))],
    ['an empty list', 'messages.0.content: ', history(user([]))],
    ['an empty text block', 'messages.0.content.0.text: text content blocks must be non-empty', history(user([text('')]))],
    ['a blank text block', 'messages.1.content.1.text: ', history(user('x'), assistant([text('y'), text(' \t')]), user('z'))],
    ['a text that is none', 'messages.0.content.0.text: ', history(user([text(1)]))],
    ['an unknown block', 'messages.0.content.0.type: ', history(user([{ type: 'audio' }]))],
    ['a block named like a method', 'messages.0.content.0.type: ', history(user([{ type: 'constructor' }]))],
    ['an extra field of a block', 'messages.0.content.0.foo: Extra inputs', history(user([{ ...text('x'), foo: 1 }]))],
    ['a tool_use of a user', 'messages.0.content.0: ', history(user([toolUse('a')]))],
    ['a tool_result of an assistant', 'messages.1.content.0: ', history(user('x'), assistant([toolResult('a')]), user('y'))],
    ['a tool_use with a bad id', 'messages.1.content.0.id: ', history(user('x'), assistant([toolUse('a b')]), user([toolResult('a b')]))],
    ['a tool_use whose input is text', 'messages.1.content.0.input: ', history(user('x'), assistant([toolUse('a', '{}')]), user([toolResult('a')]))],
    ['a tool_use whose input is a list', 'messages.1.content.0.input: ', history(user('x'), assistant([toolUse('a', [])]), user([toolResult('a')]))],
    ['a tool_use without an answer', 'messages.2: ', history(user('x'), assistant([toolUse('a')]), user('y'))],
    ['one of two tool_uses without an answer', 'messages.2: `tool_use` ids were found without `tool_result` blocks immediately after: b', answered(toolResult('a'))],
    ['a result for nothing', 'messages.0.content.0: unexpected', history(user([toolResult('a')]))],
    ['a result for an older call', 'messages.4.content.0: unexpected', history(user('x'), assistant([toolUse('a')]), user([toolResult('a')]), assistant('y'), user([toolResult('a')]))],
    ['two results for one call', 'messages.2.content.1: each tool_use must have a single result', answered(toolResult('a'), toolResult('a'), toolResult('b'))],
    ['text before the results', 'messages.2.content.1: ', answered(text('x'), toolResult('a'), toolResult('b'))],
    ['text between the results', 'messages.2.content.2: ', answered(toolResult('a'), text('x'), toolResult('b'))],
    ['an id used twice in a turn', 'messages.1.content.1.id: ', history(user('x'), assistant([toolUse('a'), toolUse('a')]), user([toolResult('a')]))],
    ['an id used again later', 'messages.3.content.0.id: ', history(user('x'), assistant([toolUse('a')]), user([toolResult('a')]), assistant([toolUse('a')]), user([toolResult('a')]))],
    ['a number as result', 'messages.2.content.0.content: ', answered(toolResult('a', { content: 1 }), toolResult('b'))],
    ['an empty text in a result', 'messages.2.content.0.content.0.text: ', answered(toolResult('a', { content: [text('')] }), toolResult('b'))],
    ['a tool_use in a result', 'messages.2.content.0.content.0.type: ', answered(toolResult('a', { content: [toolUse('c')] }), toolResult('b'))],
    ['an empty error', 'messages.2.content.0.content: content cannot be empty if `is_error` is true', answered(toolResult('a', { content: '', is_error: true }), toolResult('b'))],
    ['an error without content', 'messages.2.content.0.content: ', answered(toolResult('a', { is_error: true }), toolResult('b'))],
    ['is_error as text', 'messages.2.content.0.is_error: ', answered(toolResult('a', { content: 'x', is_error: 'yes' }), toolResult('b'))],
    ['half a surrogate pair', 'messages.0.content: The request body is not valid JSON: no low surrogate', history(user('x\ud83d'))],
    ['half a surrogate pair in an input', 'messages.1.content.0.input.expression: ', history(user('x'), assistant([toolUse('a', { expression: '\udc00' })]), user([toolResult('a')]))],
    ['calls in a history without tools', 'tools: Requests which include `tool_use`', { ...answered(toolResult('a'), toolResult('b')), tools: undefined }],
    ['calls in a history with an empty list of tools', 'tools: Requests which include `tool_use`', { ...answered(toolResult('a'), toolResult('b')), tools: [] }],
    ['tools that are no list', 'tools: ', { ...BODY, tools: {} }],
    ['a tool with a bad name', 'tools.0.name: ', { ...BODY, tools: [{ ...TOOL, name: 'a b' }] }],
    ['a tool with a long name', 'tools.0.name: ', { ...BODY, tools: [{ ...TOOL, name: 'a'.repeat(129) }] }],
    ['two tools of one name', 'tools.1.name: Tool names must be unique.', { ...BODY, tools: [TOOL, TOOL] }],
    ['a tool without a schema', 'tools.0.input_schema: Field required', { ...BODY, tools: [{ name: 'a' }] }],
    ['a schema of another type', 'tools.0.input_schema.type: ', { ...BODY, tools: [{ name: 'a', input_schema: { type: 'string' } }] }],
    ['an extra field of a tool', 'tools.0.parameters: Extra inputs', { ...BODY, tools: [{ ...TOOL, parameters: {} }] }],
    ['a choice without tools', 'tool_choice: ', { ...BODY, tool_choice: { type: 'any' } }],
    ['a choice of an unknown tool', 'tool_choice.name: ', { ...BODY, tools: [TOOL], tool_choice: { type: 'tool', name: 'other' } }],
    ['an empty block in the system prompt', 'system.0.text: ', { ...BODY, system: [text('')] }],
    ['a system prompt with an image', 'system.0.type: ', { ...BODY, system: [{ type: 'image', source: {} }] }],
    ['an unknown cache lifetime', 'system.0.cache_control.ttl: ', { ...BODY, system: [{ ...text('x'), cache_control: { type: 'ephemeral', ttl: '2h' } }] }],
    ['five cache breakpoints', 'cache_control: A maximum of 4', { ...BODY, system: Array.from({ length: 5 }, () => ({ ...text('x'), ...marked })) }],
  ])('%s', async (_, message, body) => {
    const before = simulator.violationCount;
    const answer = await post(body);
    expect(answer).toMatchObject({ status: 400, type: 'invalid_request_error' });
    expect(answer.message.startsWith(message) ? message : answer.message).toBe(message);
    expect(simulator.violationCount).toBe(before + 1);
    expect(simulator.violations.at(-1)).toBe(answer.message);
  });

  it('no anthropic-version header', async () => {
    const { 'anthropic-version': _, ...headers } = HEADERS;
    expect(await post(BODY, headers)).toEqual({ status: 400, type: 'invalid_request_error', message: 'anthropic-version: header is required' });
  });

  it('bytes that are no UTF-8', async () => {
    const response = await fetch(`${simulator.url}/v1/messages`, { method: 'POST', headers: HEADERS, body: new Uint8Array([0x22, 0xff, 0x22]) });
    expect(response.status).toBe(400);
  });

  it('a body over 32 MB gets 413', async () => {
    const answer = await post({ ...BODY, messages: [user('x'.repeat(33 * 1024 * 1024))] });
    expect(answer).toMatchObject({ status: 413, type: 'request_too_large' });
  });

  it('a count of tokens with a field that only create knows', async () => {
    expect(await post(BODY, HEADERS, '/v1/messages/count_tokens')).toMatchObject({ status: 400, message: 'max_tokens: Extra inputs are not permitted' });
  });
});

describe('requests that are refused without being a violation', () => {
  it.each([[{}], [{ authorization: 'Basic abc' }], [{ authorization: 'Bearer ' }]])('no key: %j', async (extra) => {
    const before = simulator.violationCount;
    const headers = { 'content-type': 'application/json', 'anthropic-version': '2026-10-21', ...extra };
    expect(await post(BODY, headers)).toMatchObject({ status: 401, type: 'authentication_error' });
    expect(simulator.violationCount).toBe(before);
  });

  it('an unknown path', async () => {
    expect(await post(BODY, HEADERS, '/v1/complete')).toMatchObject({ status: 404, type: 'not_found_error' });
    expect(await post(BODY, HEADERS, '/elsewhere')).toMatchObject({ status: 404, type: 'not_found_error' });
  });

  it('a wrong method', async () => {
    const response = await fetch(`${simulator.url}/v1/messages`, { headers: HEADERS });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('POST');
  });
});

describe('requests that the real API accepts', () => {
  it.each<[string, unknown]>([
    ['a bearer key and a query', BODY],
    ['every known field', {
      ...BODY, max_tokens: 2000, system: [{ ...text('Be brief'), ...marked }], tools: [{ ...TOOL, description: 'x', ...marked }],
      tool_choice: { type: 'auto', disable_parallel_tool_use: true }, metadata: { user_id: 'u' }, stop_sequences: ['END'], temperature: 0.5,
      top_p: 1, top_k: 5, thinking: { type: 'enabled', budget_tokens: 1024 }, service_tier: 'auto', cache_control: null,
      output_config: { effort: 'low' },
    }],
    ['a whole tool turn, echoed as it came', history(
      user('x'),
      assistant([{ type: 'thinking', thinking: 'hm', signature: 's' }, { ...text('y'), citations: null }, { ...toolUse('a'), caller: { type: 'direct' } }]),
      user([toolResult('a', { content: [text('z')], is_error: true }), text('and now?')]),
    )],
    ['a result without content', history(user('x'), assistant([toolUse('a')]), user([toolResult('a', {})]))],
    ['a tool_result of images', history(user('x'), assistant([toolUse('a')]), user([toolResult('a', { content: [{ type: 'image', source: { type: 'url', url: 'x' } }] })]))],
    ['results in another order', answered(toolResult('b'), toolResult('a'))],
    ['a whole surrogate pair, escaped', '{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"\\ud83d\\ude00"}]}'],
    ['NUL in a text', history(user('a\u0000b'))],
  ])('%s', async (_, body) => {
    const headers = { ...HEADERS, 'x-api-key': '', authorization: 'Bearer any-key' };
    expect(await post(body, headers, '/v1/messages?beta=true')).toEqual({ status: 200, type: '', message: '' });
  });
});
