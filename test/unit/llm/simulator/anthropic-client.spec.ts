import Anthropic, { AnthropicError, APIError, APIUserAbortError, BadRequestError, OverloadedError, RateLimitError } from '@anthropic-ai/sdk';
import { parseSteps } from '../../../../src/llm/simulator/fault-notation.js';
import { Simulator } from '../../../../src/llm/simulator/simulator.js';

const TOOLS: Anthropic.Tool[] = [
  { name: 'calculator', input_schema: { type: 'object', properties: { expression: { type: 'string' } }, required: ['expression'] } },
  { name: 'get_weather', input_schema: { type: 'object', properties: { location: { type: 'string' } }, required: ['location'] } },
];
const REQUEST: Anthropic.MessageCreateParamsNonStreaming = {
  model: 'simulated', max_tokens: 500, tools: TOOLS, messages: [{ role: 'user', content: 'What is 15 multiplied by 23?' }],
};

let simulator: Simulator;
let client: Anthropic;
beforeEach(async () => {
  simulator = await Simulator.start();
  client = new Anthropic({ baseURL: simulator.url, apiKey: 'test-key', maxRetries: 0, openTelemetry: false, logLevel: 'off' });
});
afterEach(() => simulator.close());

async function thrownBy(work: Promise<unknown>): Promise<unknown> {
  return work.then(() => { throw new Error('nothing was thrown'); }, (error: unknown) => error);
}

describe('the real client', () => {
  it('runs a tool turn to its answer', async () => {
    const asked = await client.messages.create(REQUEST);
    const [call] = asked.content;
    expect(call).toMatchObject({ type: 'tool_use', name: 'calculator', input: { expression: '15 * 23' } });
    const answer = await client.messages.create({ ...REQUEST, messages: [
      ...REQUEST.messages, { role: 'assistant', content: asked.content },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: (call as Anthropic.ToolUseBlock).id, content: '345' }] },
    ] });
    expect(answer.content).toMatchObject([{ type: 'text', text: '15 multiplied by 23 equals 345.' }]);
    expect(answer.stop_reason).toBe('end_turn');
    expect(simulator.violations).toEqual([]);
    expect(simulator.requests[0]?.headers).toMatchObject({ authorization: '[redacted]', 'anthropic-version': '2026-10-21' });
  });

  it.each<[string, string]>([
    ['a text', 'Hello'],
    ['one call', 'What is 15 multiplied by 23?'],
    ['several calls', "What is 2 ** 10, what's the weather in New York and Tokyo?"],
  ])('streams to the same message as JSON: %s', async (_, content) => {
    const request = { ...REQUEST, messages: [{ role: 'user' as const, content }] };
    const { parsed_output: _parsed, ...streamed } = await client.messages.stream(request).finalMessage();
    expect(JSON.parse(JSON.stringify(streamed))).toEqual(JSON.parse(JSON.stringify(await client.messages.create(request))));
  });

  it('streams scripted thinking and text to the same message as JSON', async () => {
    const step = { kind: 'reply', content: [{ type: 'thinking', thinking: 'Let me think about it.' }, { type: 'text', text: 'Done.' }] } as const;
    simulator.enqueue(step, step);
    const { parsed_output: _parsed, ...streamed } = await client.messages.stream(REQUEST).finalMessage();
    expect(JSON.parse(JSON.stringify(streamed))).toEqual(JSON.parse(JSON.stringify(await client.messages.create(REQUEST))));
  });

  it('counts tokens and lists models', async () => {
    const { max_tokens: _, ...rest } = REQUEST;
    const counted = await client.messages.countTokens(rest);
    expect(counted.input_tokens).toBe((await client.messages.create(REQUEST)).usage.input_tokens);
    expect((await client.models.list()).data.map(({ id }) => id)).toEqual(['simulated']);
  });

  it('maps the errors to its own classes', async () => {
    simulator.enqueue(
      { kind: 'error', status: 429, type: 'rate_limit_error', headers: { 'retry-after': '7' } },
      { kind: 'error', status: 529, type: 'overloaded_error' },
    );
    const limited = await thrownBy(client.messages.create(REQUEST)) as RateLimitError;
    expect(limited).toBeInstanceOf(RateLimitError);
    expect([limited.type, limited.headers.get('retry-after'), limited.requestID]).toEqual(['rate_limit_error', '7', expect.stringMatching(/^req_/)]);
    expect(await thrownBy(client.messages.create(REQUEST))).toBeInstanceOf(OverloadedError);
    const bad = await thrownBy(client.messages.create({ ...REQUEST, messages: [] }));
    expect(bad).toBeInstanceOf(BadRequestError);
    expect((bad as BadRequestError).apiMessage).toBe('messages: at least one message is required');
  });

  it('gets an error event as an error without a status', async () => {
    simulator.enqueue({ kind: 'error_event', afterEvents: 4, content: [{ type: 'text', text: 'Some words before the end' }] });
    const error = await thrownBy(client.messages.stream(REQUEST).finalMessage()) as APIError;
    expect(error).toBeInstanceOf(APIError);
    expect([error.status, error.type]).toEqual([undefined, 'overloaded_error']);
  });

  it('notices a cut stream', async () => {
    simulator.enqueue({ kind: 'cut', afterEvents: 3 });
    expect((await thrownBy(client.messages.stream(REQUEST).finalMessage()) as Error).message).not.toBe('nothing was thrown');
  });

  it.each(['crlf', 'split_utf8', 'unknown_event', 'ping', 'thinking', 'huge_event:100000'])('reads the whole text in spite of %s', async (word) => {
    const [step] = parseSteps(word);
    simulator.enqueue(step!, step!);
    const { content } = await client.messages.stream(REQUEST).finalMessage();
    expect(content.at(-1)).toEqual((await client.messages.create(REQUEST)).content.at(-1));
    expect(content.map(({ type }) => type)).toEqual(word === 'thinking' ? ['thinking', 'tool_use'] : [expect.any(String)]);
  });

  it('takes a stream that ends early for a whole one, unless it is asked for the message', async () => {
    simulator.enqueueSteps('cut:fin@2*2');
    const types: string[] = [];
    for await (const { type } of await client.messages.create({ ...REQUEST, stream: true })) types.push(type);
    expect(types).toEqual(['message_start', 'content_block_start']);
    expect(await thrownBy(client.messages.stream(REQUEST).finalMessage())).toBeInstanceOf(AnthropicError);
  });

  it.each(['bad_json', 'out_of_order', 'dup_start', 'no_events', 'no_stop', 'cut:reset@4', 'reset', 'reset:mid_body', 'html200', 'html502', 'empty', 'error_event@3'])('makes no message of %s', async (word) => {
    simulator.enqueueSteps(word);
    expect((await thrownBy(client.messages.stream(REQUEST).finalMessage()) as Error).message).not.toBe('nothing was thrown');
  });

  it('an abort in the middle of a stream closes the upstream', async () => {
    await simulator.close();
    simulator = await Simulator.start({ tokensPerSecond: 2 });
    const slow = client.withOptions({ baseURL: simulator.url });
    const stream = slow.messages.stream({ ...REQUEST, messages: [{ role: 'user', content: 'Hello' }] });
    stream.on('text', () => stream.abort());
    expect(await thrownBy(stream.finalMessage())).toBeInstanceOf(APIUserAbortError);
    while (simulator.inFlight > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(simulator.requests[0]).toMatchObject({ clientClosed: true, status: 200 });
  });
});
