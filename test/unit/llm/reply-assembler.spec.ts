import type Anthropic from '@anthropic-ai/sdk';
import { ReplyAssembler } from '../../../src/llm/reply-assembler.js';

type StreamEvent = Anthropic.RawMessageStreamEvent;
const event = (fields: object) => fields as StreamEvent;
const START = () => event({ type: 'message_start', message: { id: 'msg_1', model: 'm', content: [], stop_reason: null, usage: { input_tokens: 3, output_tokens: 0, cache_read_input_tokens: 1 } } });
const opened = (index: number, block: object) => event({ type: 'content_block_start', index, content_block: block });
const delta = (index: number, fields: object) => event({ type: 'content_block_delta', index, delta: fields });
const closed = (index: number) => event({ type: 'content_block_stop', index });
const ended = (reason: string | null) => event({ type: 'message_delta', delta: { stop_reason: reason }, usage: { output_tokens: 9 } });
const STOP = event({ type: 'message_stop' });

const written = (index: number, ...texts: string[]) => [opened(index, { type: 'text', text: '' }), ...texts.map((text) => delta(index, { type: 'text_delta', text })), closed(index)];
const called = (index: number, id: string, ...json: string[]) =>
  [opened(index, { type: 'tool_use', id, name: 'calculator', input: {} }), ...json.map((partial) => delta(index, { type: 'input_json_delta', partial_json: partial })), closed(index)];

function assembled(...events: readonly StreamEvent[]) {
  const texts: string[] = [];
  const assembler = new ReplyAssembler((text) => texts.push(text));
  for (const each of events) assembler.take(each);
  return { reply: assembler.reply(), texts };
}
const whole = (...blocks: readonly StreamEvent[]) => assembled(START(), ...blocks, ended('tool_use'), STOP).reply;
const unreadable = (detail: string) => expect.objectContaining({ code: 'upstream_bad_response', errorType: 'bad_response', retryable: true, publicMessage: `The model's answer could not be read: ${detail}.` });

it('puts a reply together, and shows its text as it comes', () => {
  const { reply, texts } = assembled(START(), ...written(0, 'I ', 'look.'), event({ type: 'ping' }), ...called(1, 't1', '{"a":', '{"b":1}}'), ended('tool_use'), STOP);
  expect(texts).toEqual(['I ', 'look.']);
  expect(reply).toEqual({
    id: 'msg_1', model: 'm', stopReason: 'tool_use', content: [{ type: 'text', text: 'I look.' }, { type: 'tool_use', id: 't1', name: 'calculator', input: { a: { b: 1 } } }],
    usage: { input_tokens: 3, output_tokens: 9, cache_read_tokens: 1, cache_write_tokens: 0 },
  });
});

it('keeps the thoughts of the model as they came', () => {
  const thinking = [opened(0, { type: 'thinking', thinking: '', signature: '' }), delta(0, { type: 'thinking_delta', thinking: 'h' }), delta(0, { type: 'thinking_delta', thinking: 'm' }), delta(0, { type: 'signature_delta', signature: 's' }), closed(0)];
  expect(whole(...thinking, opened(1, { type: 'redacted_thinking', data: 'd' }), closed(1)).content).toEqual([{ type: 'thinking', thinking: 'hm', signature: 's' }, { type: 'redacted_thinking', data: 'd' }]);
});

it('leaves out blank texts and what it never asked for, and cleans what it keeps', () => {
  const blocks = whole(...written(0, ' \n'), ...written(1, 'a\0', '\ud83d', '\ude00\ud800'), opened(2, { type: 'of_next_year', x: 1 }), delta(2, { type: 'x_delta' }), closed(2), ...called(3, 't1', '{"a\\u0000":"\\ud800"}'));
  expect(blocks.content).toEqual([{ type: 'text', text: 'a😀\ufffd' }, { type: 'tool_use', id: 't1', name: 'calculator', input: { a: '\ufffd' } }]);
});

it('takes a stop reason of next year for another one', () => {
  expect(assembled(START(), ...written(0, 'a'), ended('tired'), STOP).reply.stopReason).toBe('other');
});

it.each<[string, string, StreamEvent[]]>([
  ['ends before it stops', 'the stream ended before the reply did', [START(), ...written(0, 'a'), ended('end_turn')]],
  ['has no stop reason', 'the stream ended before the reply did', [START(), ...written(0, 'a'), STOP]],
  ['has an empty stop reason', 'the stream ended before the reply did', [START(), ended(null), STOP]],
  ['has no beginning', 'the stream ended before the reply did', [STOP]],
  ['is empty', 'the stream ended before the reply did', []],
  ['begins twice', 'it began twice', [START(), START()]],
  ['ends before it begins', 'the reply ended before it began', [ended('end_turn')]],
  ['has a part before its beginning', 'its parts were out of order', [opened(0, { type: 'text', text: '' })]],
  ['leaves a part out', 'its parts were out of order', [START(), ...written(1, 'a')]],
  ['has a part twice', 'its parts were out of order', [START(), ...written(0, 'a'), ...written(0, 'a')]],
  ['has text without a part', 'a delta came before its block', [START(), delta(0, { type: 'text_delta', text: 'a' })]],
  ['has a tool call that never ended', 'a tool call did not end', [START(), ...called(0, 't1', '{"a":').slice(0, -1), ended('tool_use'), STOP]],
  ['has two tool calls with one id', 'two tool calls had the same id', [START(), ...called(0, 't1'), ...called(1, 't1'), ended('tool_use'), STOP]],
])('does not take a stream for a reply that %s', (_what, detail, events) => {
  expect(() => assembled(...events)).toThrow(unreadable(detail));
});

it('takes a text whose end was not told, as long as the reply itself is whole', () => {
  expect(whole(...written(0, 'a').slice(0, -1)).content).toEqual([{ type: 'text', text: 'a' }]);
});

it.each([['', {}], ['{}', {}], ['{"a":1}', { a: 1 }]])('reads an input of "%s"', (json, input) => {
  expect(whole(...called(0, 't1', json)).content).toMatchObject([{ input }]);
});

it.each(['{"a":', 'nothing', '[1]', '7', 'null', '"text"'])('makes an input of %s one that every tool refuses, and lets the model see it', (json) => {
  expect(whole(...called(0, 't1', json)).content).toMatchObject([{ input: { unreadable_input: json } }]);
});

it('shows no more than the beginning of an input that can not be read', () => {
  expect(whole(...called(0, 't1', 'x'.repeat(5_000))).content).toMatchObject([{ input: { unreadable_input: `${'x'.repeat(200)}… (5000 characters)` } }]);
});
