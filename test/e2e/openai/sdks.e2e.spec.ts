import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { generateText, streamText } from 'ai';
import OpenAI, { APIError, APIUserAbortError, BadRequestError, ConflictError, InternalServerError, NotFoundError } from 'openai';
import type { ChatCompletionChunk, ChatCompletionMessageParam } from 'openai/resources/chat/completions';
import { eventually } from '../../support/eventually.js';
import { RunningApplication } from '../../support/running-application.js';

const AGENT = 'task-automation-agent';
const SUM = 'What is 15 multiplied by 23?';
const ANSWER = '15 multiplied by 23 equals 345.';
const messages: ChatCompletionMessageParam[] = [{ role: 'user', content: SUM }];
const STORY = 'Once upon a time there was an otter who kept careful notes about every fish in the river.';

let service: RunningApplication;
let client: OpenAI;
beforeEach(async () => {
  service = await RunningApplication.start({ LLM_ATTEMPTS: '1' });
  client = new OpenAI({ baseURL: `${service.url}/v1`, apiKey: 'any', maxRetries: 0 });
});
afterEach(async () => {
  await service.stop();
  expect(service.simulator.violations).toEqual([]);
});

/** What a promise was rejected with. */
function thrown(promise: PromiseLike<unknown>): Promise<unknown> {
  return Promise.resolve(promise).then(() => undefined, (error: unknown) => error);
}

async function all<T>(stream: AsyncIterable<T>): Promise<readonly T[]> {
  const seen: T[] = [];
  for await (const each of stream) seen.push(each);
  return seen;
}

function textOf(chunks: readonly ChatCompletionChunk[]): string {
  return chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('');
}

describe('the OpenAI SDK', () => {
  it('gets an answer, with its usage and the id to ask about', async () => {
    const { data, response, request_id: requestId } = await client.chat.completions.create({ model: AGENT, messages }).withResponse();
    expect(data).toMatchObject({ object: 'chat.completion', model: AGENT, choices: [{ finish_reason: 'stop', message: { role: 'assistant', content: ANSWER } }] });
    expect(data.usage?.total_tokens).toBe(Number(data.usage?.prompt_tokens) + Number(data.usage?.completion_tokens));
    expect(Number(data.usage?.prompt_tokens)).toBeGreaterThan(0);
    expect(requestId).toBe(response.headers.get('x-correlation-id'));
  });

  it('gets a stream', async () => {
    const chunks = await all(await client.chat.completions.create({ model: 'gpt-4o', messages, stream: true, stream_options: { include_usage: true } }));
    expect(textOf(chunks)).toBe(ANSWER);
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: expect.any(Number) } });
    expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe('stop');
  });

  it('puts the stream together again', async () => {
    const completion = await client.chat.completions.stream({ model: AGENT, messages, stream_options: { include_usage: true } }).finalChatCompletion();
    expect(completion).toMatchObject({ model: AGENT, choices: [{ finish_reason: 'stop', message: { role: 'assistant', content: ANSWER } }], usage: { total_tokens: expect.any(Number) } });
  });

  it('goes on with a conversation', async () => {
    const options = { headers: { 'x-session-id': 'sdk-1' } };
    const first = await client.chat.completions.create({ model: AGENT, messages }, options).withResponse();
    const second = await client.chat.completions.create({ model: AGENT, messages: [...messages, first.data.choices[0]?.message ?? { role: 'user', content: '' }, { role: 'user', content: 'What is 2 + 2?' }] }, options).withResponse();
    expect(second.response.headers.get('x-conversation-id')).toBe(first.response.headers.get('x-conversation-id'));
  });

  it('lists the agent as a model', async () => {
    expect((await all(await client.models.list())).map(({ id }) => id)).toEqual([AGENT]);
    expect(await client.models.retrieve(AGENT)).toMatchObject({ id: AGENT, object: 'model' });
    expect(await thrown(client.models.retrieve('gpt-4o'))).toBeInstanceOf(NotFoundError);
  });

  it('throws BadRequestError for what the agent does not do, with the reason', async () => {
    const error = await thrown(client.chat.completions.create({ model: AGENT, messages, tools: [{ type: 'function', function: { name: 'x', parameters: {} } }] }));
    expect(error).toBeInstanceOf(BadRequestError);
    expect(error).toMatchObject({ status: 400, type: 'invalid_request_error', code: 'invalid_request', requestID: expect.any(String), message: expect.stringContaining('run on the server') });
    expect(await thrown(client.chat.completions.create({ model: AGENT, messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'https://example.com/x.png' } }] }] }))).toBeInstanceOf(BadRequestError);
  });

  it('tries again when the model is overloaded, after the time that the service gives', async () => {
    service.simulator.enqueue({ kind: 'error', status: 529, type: 'overloaded_error', headers: { 'retry-after': '1' } });
    const startedAt = performance.now();
    const patient = new OpenAI({ baseURL: `${service.url}/v1`, apiKey: 'any', maxRetries: 1 });
    expect((await patient.chat.completions.create({ model: AGENT, messages })).choices[0]?.message.content).toBe(ANSWER);
    expect(performance.now() - startedAt).toBeGreaterThan(950);
  });

  it.each([true, false])('tries again also where it asked for a stream (%j)', async (stream) => {
    service.simulator.enqueue({ kind: 'error', status: 529, type: 'overloaded_error', headers: { 'retry-after': '1' } });
    const patient = new OpenAI({ baseURL: `${service.url}/v1`, apiKey: 'any', maxRetries: 1 });
    const answer = await patient.chat.completions.create({ model: AGENT, messages, stream });
    expect('choices' in answer ? answer.choices[0]?.message.content : textOf(await all(answer))).toBe(ANSWER);
  });

  it('throws InternalServerError when that does not pass, and does not try what can not help', async () => {
    const patient = new OpenAI({ baseURL: `${service.url}/v1`, apiKey: 'any', maxRetries: 5 });
    service.simulator.enqueue({ kind: 'error', status: 401, type: 'authentication_error' });
    const error = await thrown(patient.chat.completions.create({ model: AGENT, messages }));
    expect(error).toBeInstanceOf(InternalServerError);
    expect(error).toMatchObject({ status: 503, type: 'server_error', code: 'llm_auth' });
    expect(service.simulator.requestCount).toBe(1);
  });

  it('learns of a rate limit by its type', async () => {
    service.simulator.enqueue({ kind: 'error', status: 429, type: 'rate_limit_error', headers: { 'retry-after': '7' } });
    const error = await thrown(client.chat.completions.create({ model: AGENT, messages })) as APIError;
    expect(error).toMatchObject({ status: 503, type: 'rate_limit_error', code: 'upstream_rate_limited' });
    expect(Number(error.headers?.get('retry-after'))).toBeGreaterThanOrEqual(7);
  });

  it('throws the error that broke its stream', async () => {
    service.simulator.enqueue({ kind: 'error_event', afterEvents: 6, content: [{ type: 'text', text: STORY }] });
    const stream = await client.chat.completions.create({ model: AGENT, messages, stream: true });
    const seen: ChatCompletionChunk[] = [];
    const error = await thrown((async () => {
      for await (const chunk of stream) seen.push(chunk);
    })());
    expect(STORY.startsWith(textOf(seen)) && textOf(seen) !== '').toBe(true);
    expect(error).toBeInstanceOf(APIError);
    expect(error).toMatchObject({ code: 'stream_interrupted', type: 'server_error' });
  });

  it('ends the run when it aborts its stream', async () => {
    service.simulator.enqueue({ kind: 'tools', text: 'otter '.repeat(100), calls: [{ name: 'calculator', input: { expression: '1 + 1' } }] }, { kind: 'hang' });
    const stream = await client.chat.completions.create({ model: AGENT, messages, stream: true });
    for await (const chunk of stream) if (chunk.choices[0]?.delta.content) break;
    await eventually(() => service.simulator.requests.at(-1)?.clientClosed === true && service.simulator.inFlight === 0);
    await eventually(async () => (await service.metric('agent_requests_total', { status: 'cancelled', user_id: 'unknown' })) === 1);
  });

  it('ends the run when it aborts before the answer', async () => {
    service.simulator.enqueue({ kind: 'hang' });
    const leaving = new AbortController();
    const asking = thrown(client.chat.completions.create({ model: AGENT, messages }, { signal: leaving.signal }));
    await eventually(() => service.simulator.inFlight === 1);
    leaving.abort();
    expect(await asking).toBeInstanceOf(APIUserAbortError);
    await eventually(() => service.simulator.inFlight === 0);
  });

  it('throws ConflictError while another request of its conversation is running', async () => {
    const options = { headers: { 'x-session-id': 'busy' } };
    service.simulator.enqueue({ kind: 'hang' });
    const leaving = new AbortController();
    const asking = thrown(client.chat.completions.create({ model: AGENT, messages }, { ...options, signal: leaving.signal }));
    await eventually(() => service.simulator.inFlight === 1);
    expect(await thrown(client.chat.completions.create({ model: AGENT, messages }, options))).toBeInstanceOf(ConflictError);
    leaving.abort();
    await asking;
  });

  it('sees tools at work as chunks of their own only when it asks for that', async () => {
    const stream = await client.chat.completions.create({ model: AGENT, messages, stream: true }, { headers: { 'x-tool-progress': '1' } });
    const shown = (await all(stream)).filter((chunk) => (chunk.choices as unknown) === undefined);
    expect(shown).toMatchObject([{ name: 'calculator', status: 'started' }, { name: 'calculator', status: 'success' }]);
  });
});

describe('the AI SDK', () => {
  const model = () => createOpenAICompatible({ name: 'task-agent', baseURL: `${service.url}/v1`, includeUsage: true })(AGENT);

  it('generates a text', async () => {
    const { text, finishReason, usage } = await generateText({ model: model(), system: 'Be brief.', prompt: SUM, maxRetries: 0 });
    expect([text, finishReason]).toEqual([ANSWER, 'stop']);
    expect(usage.totalTokens).toBe(Number(usage.inputTokens) + Number(usage.outputTokens));
    expect(usage.inputTokens).toBeGreaterThan(0);
  });

  it('streams a text', async () => {
    const result = streamText({ model: model(), prompt: SUM, maxRetries: 0 });
    expect((await all(result.textStream)).join('')).toBe(ANSWER);
    expect(await result.finishReason).toBe('stop');
    expect((await result.usage).inputTokens).toBeGreaterThan(0);
  });

  it('tells of cached tokens and of an answer that was cut off', async () => {
    service.simulator.enqueue({ kind: 'reply', stopReason: 'max_tokens', content: [{ type: 'text', text: 'Once' }], usage: { input_tokens: 10, output_tokens: 20, cache_read_input_tokens: 300, cache_creation_input_tokens: 0 } });
    const { finishReason, usage } = await generateText({ model: model(), prompt: 'Hello', maxRetries: 0 });
    expect([finishReason, usage.inputTokens, usage.inputTokenDetails.cacheReadTokens, usage.outputTokens]).toEqual(['length', 310, 300, 20]);
  });

  it('tries again when the model is overloaded', async () => {
    service.simulator.enqueue({ kind: 'error', status: 529, type: 'overloaded_error', headers: { 'retry-after': '1' } });
    expect((await generateText({ model: model(), prompt: SUM, maxRetries: 1 })).text).toBe(ANSWER);
  });

  it('gets the error that broke its stream', async () => {
    service.simulator.enqueue({ kind: 'error_event', afterEvents: 6, content: [{ type: 'text', text: STORY }] });
    const parts = await all(streamText({ model: model(), prompt: 'Tell me a story', maxRetries: 0, onError: () => undefined }).fullStream);
    expect(parts.filter(({ type }) => type === 'error')).toHaveLength(1);
  });
});
