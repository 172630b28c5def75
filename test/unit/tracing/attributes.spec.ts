import { STOP_REASONS } from '../../../src/kernel/transcript.js';
import { spanAttributes } from '../../../src/tracing/attributes.js';

const KEY = ['sk', 'ant', 'api03', 'x'.repeat(40)].join('-');
const CONTENT = ['input_messages', 'output_message'];

describe('the tokens of a call', () => {
  it.each([
    [{ input_tokens: 10 }, 10], [{ input_tokens: 10, cache_read_tokens: 300 }, 310], [{ input_tokens: 10, cache_read_tokens: 300, cache_write_tokens: 4_000 }, 4_310],
    [{ input_tokens: 0, cache_read_tokens: 0, cache_write_tokens: 0 }, 0],
  ])('%j: the conventions count what came from the cache as input, too', (tokens, inclusive) => {
    const span = spanAttributes('llm.call', tokens, CONTENT, false);
    expect(span['gen_ai.usage.input_tokens']).toBe(inclusive);
    expect(span.input_tokens).toBe(tokens.input_tokens); // ours stays what the API said
  });

  it('are not there when the call failed', () => {
    expect(Object.keys(spanAttributes('llm.call', { model: 'm' }, CONTENT, false)).filter((name) => name.includes('usage'))).toEqual([]);
  });

  it('written to the cache have both names, because readers differ', () => {
    expect(spanAttributes('llm.call', { cache_write_tokens: 7 }, CONTENT, false)).toMatchObject({
      cache_write_tokens: 7, 'gen_ai.usage.cache_creation.input_tokens': 7, 'gen_ai.usage.cache_write.input_tokens': 7,
    });
  });
});

describe('the reason to stop', () => {
  const WORDS: Readonly<Record<string, string>> = { end_turn: 'stop', stop_sequence: 'stop', max_tokens: 'length', tool_use: 'tool_call' };

  it.each([...STOP_REASONS])('%s is translated, or stays as it is', (reason) => {
    const span = spanAttributes('llm.call', { stop_reason: reason }, CONTENT, false);
    expect(span['gen_ai.response.finish_reasons']).toEqual([WORDS[reason] ?? reason]);
    expect(span.stop_reason).toBe(reason);
  });
});

describe('an attribute', () => {
  it('is on the span under our name and under the standard one', () => {
    expect(spanAttributes('agent.process', { agent: 'a', user_id: 'u', conversation_id: 'c' }, [], false)).toEqual({
      'gen_ai.operation.name': 'invoke_agent', agent: 'a', 'gen_ai.agent.name': 'a', user_id: 'u', 'user.id': 'u',
      conversation_id: 'c', 'gen_ai.conversation.id': 'c', 'session.id': 'c',
    });
  });

  it.each([[true, true], [false, undefined]])('stream: %p is told only when it is so', (stream, told) => {
    expect(spanAttributes('llm.call', { stream }, CONTENT, false)['gen_ai.request.stream']).toBe(told);
  });

  it('that was not learned is not there', () => {
    expect(Object.keys(spanAttributes('llm.call', { temperature: undefined, model: 'm' }, CONTENT, false))).toEqual(['gen_ai.operation.name', 'model', 'gen_ai.request.model']);
  });

  it.each([['text', 'text'], [7, 7], [0, 0], [true, true], [['a', 'b'], ['a', 'b']], [{ a: 1 }, '{"a":1}']])('%j becomes %j', (value, shown) => {
    expect(spanAttributes('tools.execute', { x: value }, [], false).x).toEqual(shown);
  });

  it.each([['in a text', `key ${KEY}`], ['in a list', [KEY]], ['in an object', { deep: { note: KEY } }]])('shows no key %s', (_where, value) => {
    const span = spanAttributes('tools.execute', { x: value }, [], false);
    expect(JSON.stringify(span)).toContain('[redacted]');
    expect(JSON.stringify(span)).not.toContain('xxxxxxxx');
  });

  it('is not an operation of the conventions where the conventions have none', () => {
    for (const operation of ['agent.loop', 'tools.execute', 'http.request'] as const) expect(spanAttributes(operation, {}, [], false)).toEqual({});
  });
});

describe('content', () => {
  const said = { input_messages: [{ role: 'user', content: `CANARY ${KEY}` }], output_message: [{ type: 'text', text: 'CANARY' }] };

  it('is not there', () => {
    expect(JSON.stringify(spanAttributes('llm.call', said, CONTENT, false))).not.toContain('CANARY');
  });

  it('is there when it was asked for, as JSON without keys, and only under its opt-in name', () => {
    const span = spanAttributes('llm.call', said, CONTENT, true);
    expect(JSON.parse(String(span['gen_ai.input.messages']))).toEqual([{ role: 'user', content: 'CANARY [redacted]' }]);
    expect(Object.keys(span).sort()).toEqual(['gen_ai.input.messages', 'gen_ai.operation.name', 'gen_ai.output.messages']);
  });

  it('is cut: a span is no place for a book', () => {
    const span = spanAttributes('tool.call', { tool_result: 'x'.repeat(200_000) }, ['tool_result'], true);
    expect(String(span['gen_ai.tool.call.result']).length).toBeLessThan(5_000);
  });
});
