import { parseSteps } from '../../../../src/llm/simulator/fault-notation.js';
import { FAULT_WORDS, STATUS_WORD } from '../../../../src/llm/simulator/fault-words.js';
import { Simulator } from '../../../../src/llm/simulator/simulator.js';
import { eventually } from '../../../support/eventually.js';
import { BODY, eventData, eventNames, post, stream, type Json } from './simulated-exchange.js';

let simulator: Simulator;
beforeEach(async () => {
  simulator = await Simulator.start();
});
afterEach(() => simulator.close());

/** What a streaming client gets for a script of one step. */
async function played(notation: string): ReturnType<typeof stream> {
  const [step] = parseSteps(notation);
  return stream(simulator, step);
}

/** Text as it is, blank input as raw JSON: what a naive client would make of a reply. */
function blocksOf(raw: string): Json[] {
  const blocks: Json[] = [];
  for (const { type, index, content_block, delta } of eventData(raw)) {
    if (type === 'content_block_start') blocks[index] = content_block.type === 'text' ? '' : { name: content_block.name, id: content_block.id, json: '' };
    if (delta?.type === 'text_delta') blocks[index] += delta.text;
    if (delta?.type === 'input_json_delta') blocks[index].json += delta.partial_json;
  }
  return blocks;
}

function stopReasonOf(raw: string): Json {
  return eventData(raw).find(({ type }) => type === 'message_delta')?.delta.stop_reason;
}

describe('every word, over HTTP', () => {
  it.each([
    ['400', 400, 'invalid_request_error'], ['401', 401, 'authentication_error'], ['402', 402, 'billing_error'], ['403', 403, 'permission_error'],
    ['404', 404, 'not_found_error'], ['408', 408, 'invalid_request_error'], ['409', 409, 'invalid_request_error'], ['413', 413, 'request_too_large'],
    ['429', 429, 'rate_limit_error'], ['500', 500, 'api_error'], ['503', 503, 'api_error'], ['504', 504, 'timeout_error'], ['529', 529, 'overloaded_error'],
  ])('%s', async (word, status, type) => {
    const answer = await played(word);
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.text)).toMatchObject({ type: 'error', error: { type } });
  });

  it.each([
    ['429:2', 'retry-after', '2'], ['429:3600', 'retry-after', '3600'], ['429:-5', 'retry-after', '-5'], ['429:abc', 'retry-after', 'abc'],
    ['503:1e12', 'retry-after', '1e12'], ['500:noretry', 'x-should-retry', 'false'], ['400:retry', 'x-should-retry', 'true'],
  ])('%s has the header %s: %s', async (word, name, value) => {
    simulator.enqueueSteps(word);
    const response = await post(simulator);
    expect([response.status, response.headers.get(name)]).toEqual([Number(word.slice(0, 3)), value]);
  });

  it('429:date has a date of HTTP, an hour from now', async () => {
    simulator.enqueueSteps('429:date');
    const after = (await post(simulator)).headers.get('retry-after')!;
    expect(after).toMatch(/^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/);
    expect(Math.abs(Date.parse(after) - Date.now() - 3_600_000)).toBeLessThan(60_000);
  });

  it('too_long', async () => {
    const answer = await played('too_long');
    expect([answer.status, (JSON.parse(answer.text)).error]).toEqual([400, { type: 'invalid_request_error', message: 'prompt is too long: 212345 tokens > 200000 maximum' }]);
    expect(simulator.violationCount).toBe(0);
  });

  it.each([
    ['html502', 502, /^<!DOCTYPE html>/], ['html200', 200, /^<!DOCTYPE html>/], ['empty', 200, /^$/], ['bad_json_body', 200, /^\{"id":"msg_cut".*[^}]$/],
    ['null_content', 200, /"content":null/], ['unknown_shape', 200, /^\{"result":"ok"\}$/],
  ])('%s', async (word, status, text) => {
    const answer = await played(word);
    expect([answer.status, answer.broken, eventNames(answer.text)]).toEqual([status, undefined, []]);
    expect(answer.text).toMatch(text);
  });

  it('reset, reset:before_headers', async () => {
    for (const word of ['reset', 'reset:before_headers']) await expect(played(word)).rejects.toMatchObject({ cause: { code: 'ECONNRESET' } });
  });

  it.each([
    ['reset:after_headers', 'ECONNRESET', 0], ['reset:mid_body', 'ECONNRESET', 5], ['cut', 'UND_ERR_SOCKET', 4], ['cut:break@1', 'UND_ERR_SOCKET', 1],
    ['cut:fin@2', undefined, 2], ['cut:reset@6', 'ECONNRESET', 6], ['error_event@2', undefined, 3], ['error_event:api_error', undefined, 5],
  ])('%s ends with %s after %i events', async (word, broken, events) => {
    const answer = await played(word);
    expect([answer.status, answer.broken, eventNames(answer.text).length]).toEqual([200, broken, events]);
    if (word.startsWith('error')) expect(eventData(answer.text).at(-1)).toMatchObject({ type: 'error', error: { type: word.includes(':') ? 'api_error' : 'overloaded_error' } });
  });

  it.each([['hang', undefined], ['hang:after_headers', 200], ['cut:hang@3', 200], ['ping_forever', 200], ['drip', 200], ['slow', undefined], ['slow:25', undefined]])('%s lasts until the client leaves', async (word, status) => {
    simulator.enqueueSteps(word);
    const controller = new AbortController();
    const answer = post(simulator, { ...BODY, stream: true }, { signal: controller.signal }).then((response) => response.text());
    answer.catch(() => undefined);
    await eventually(() => simulator.requests[0]?.body !== undefined);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(simulator.inFlight).toBe(1);
    controller.abort();
    await expect(answer).rejects.toThrow('aborted');
    await eventually(() => simulator.inFlight === 0);
    expect(simulator.requests[0]).toMatchObject({ clientClosed: true, status });
  });

  it.each([
    ['bad_json', 1], ['bad_json@0', 1], ['out_of_order', 1], ['dup_start', 2], ['dup_start@5', 2], ['no_events', 0], ['no_stop', 1], ['no_message_delta', 1],
  ])('%s', async (word, starts) => {
    const { status, broken, text } = await played(word);
    const names = eventNames(text);
    expect([status, broken, names.filter((name) => name === 'message_start').length]).toEqual([200, undefined, starts]);
    expect(names.includes('message_stop')).toBe(!['no_stop', 'no_events'].includes(word));
    expect(names.includes('message_delta')).toBe(!['no_message_delta', 'no_events'].includes(word));
    if (word === 'dup_start@5') expect(names[5]).toBe('message_start');
    if (word === 'out_of_order') expect(names.indexOf('content_block_delta')).toBeLessThan(names.indexOf('content_block_start'));
    if (word.startsWith('bad_json')) expect(() => eventData(text)).toThrow();
  });

  it.each(['ok', 'crlf', 'split_utf8', 'unknown_event', 'huge_event:9000', 'ping', 'thinking', 'unknown_block', 'drip:0.0001', 'slow:0.01'])('%s is a whole answer', async (word) => {
    const { status, broken, text } = await played(word);
    expect([status, broken, eventNames(text).at(-1), stopReasonOf(text)]).toEqual([200, undefined, 'message_stop', 'end_turn']);
    expect(blocksOf(text).at(-1)).toMatch(word === 'split_utf8' ? /東京/ : word.startsWith('huge') ? /^x{9000}$/ : /simulated model/);
  });

  it.each<[string, string, readonly unknown[]]>([
    ['tool', 'tool_use', [{ name: 'calculator', json: '{"expression":"1 + 1"}' }]],
    ['unknown_tool', 'tool_use', [{ name: 'no_such_tool', json: '{}' }]],
    ['bad_input', 'tool_use', [{ name: 'calculator', json: '{"expression":5}' }]],
    ['extra_input', 'tool_use', [{ name: 'calculator', json: '{"expression":"1 + 1","unexpected":true}' }]],
    ['bad_tool_json', 'tool_use', [{ name: 'calculator', json: '{"expression": "1 + 1", nonsense' }]],
    ['dup_ids', 'tool_use', [{ name: 'calculator', id: 'toolu_twice' }, { name: 'calculator', id: 'toolu_twice' }]],
    ['max_tokens', 'max_tokens', [expect.stringMatching(/a$/)]],
    ['max_tokens_empty', 'max_tokens', []],
    ['max_tokens_tool', 'max_tokens', [{ name: 'save_note', json: '{"content":"looks complete","filename":"shopping-li' }]],
    ['refusal', 'refusal', []],
    ['refusal_partial', 'refusal', [expect.stringMatching(/but$/)]],
    ['refusal_tool', 'refusal', [{ name: 'calculator' }]],
    ['end_turn_tool', 'end_turn', [{ name: 'calculator' }]],
    ['pause_turn', 'pause_turn', [expect.stringMatching(/./)]],
    ['context_exceeded', 'model_context_window_exceeded', [expect.stringMatching(/./)]],
    ['unknown_stop', 'never_heard_of', [expect.stringMatching(/./)]],
    ['whitespace', 'end_turn', [expect.stringMatching(/^\s+$/)]],
    ['empty_content', 'end_turn', []],
  ])('%s stops with %s', async (word, stopReason, blocks) => {
    const { status, text } = await played(word);
    expect([status, stopReasonOf(text)]).toEqual([200, stopReason]);
    expect(blocksOf(text)).toMatchObject(blocks);
    expect(blocksOf(text).length).toBe(blocks.length);
  });
});

describe('a script', () => {
  it('has its steps in order, and a star repeats one', () => {
    expect(parseSteps(' 529*2,ok , cut:fin@2*2').map(({ kind }) => kind)).toEqual(['error', 'error', 'ok', 'cut', 'cut']);
  });

  it('takes seconds, with a fraction or without', () => {
    expect(parseSteps('slow:0.3, ping_forever:2, drip:0.05, huge_event:10')).toEqual([
      { kind: 'slow', milliseconds: 300 }, { kind: 'ping_forever', everyMilliseconds: 2_000 }, { kind: 'drip', everyMilliseconds: 50 },
      { kind: 'oddity', what: 'huge_event', bytes: 10 },
    ]);
  });

  it('every word stands alone', () => {
    const words = Object.keys(FAULT_WORDS).filter((word) => word !== STATUS_WORD);
    expect(parseSteps(words.join(',')).length).toBe(words.length);
  });

  it.each([
    ['', '"" is no step'], ['529,', '"" is no step'], ['529; ok', '"529; ok" is no step'], ['OK', '"OK" is no step'], ['529*', '"529*" is no step'], ['529@', 'is no step'],
    ['okk', '"okk" is no known word. Known are: a status from 400 to 599, ok, too_long, html502'], ['200', '"200" is no known word'],
    ['600', '"600" is no known word'], ['status', '"status" is no known word'], ['constructor', '"constructor" is no known word'],
    ['ok:3', '"ok:3": no :argument here'], ['ok@3', '"ok@3": no @events here'], ['cut:off', '"cut:off": "off" is none of break, fin, reset, hang'],
    ['slow:soon', '"slow:soon": "soon" is no number'], ['ok*1001', 'A script has at most 1000 steps'], ['ok*600, ok*600', 'at most 1000 steps'],
  ])('%j is refused: %s', (text, message) => {
    expect(() => parseSteps(text)).toThrow(message);
  });
});
