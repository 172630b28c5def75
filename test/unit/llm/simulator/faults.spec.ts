import { setTimeout as pause } from 'node:timers/promises';
import type { CutKind, MalformedStream, StreamOddity } from '../../../../src/llm/simulator/scripted-step.js';
import { Simulator } from '../../../../src/llm/simulator/simulator.js';
import { eventually } from '../../../support/eventually.js';
import { BODY, eventData, eventNames, post, saidIn, stream, type Json } from './simulated-exchange.js';

const SENTENCE = 'One sentence that is long enough for some deltas.';
const CONTENT = [{ type: 'text', text: SENTENCE }] as const;
const WHOLE = ['message_start', 'content_block_start', 'ping', ...Array.from({ length: 4 }, () => 'content_block_delta'), 'content_block_stop', 'message_delta', 'message_stop'];

let simulator: Simulator;
beforeEach(async () => {
  simulator = await Simulator.start();
});
afterEach(() => simulator.close());

/** Asks, reads until so much of the answer is there, leaves, and waits until the simulator has seen it. `then` is what came in 60 ms more. */
async function leaveWhen(arrived: (raw: string) => boolean): Promise<{ raw: string; then: string }> {
  const controller = new AbortController();
  const response = await post(simulator, { ...BODY, stream: true }, { signal: controller.signal });
  const chunks = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let raw = '';
  while (!arrived(raw)) raw += (await chunks.read()).value ?? '';
  const then = await Promise.race([chunks.read().then(({ value = '' }) => value, () => 'an error'), pause(60, 'silence')]);
  controller.abort();
  await eventually(() => simulator.inFlight === 0);
  expect(simulator.requests.at(-1)).toMatchObject({ clientClosed: true, status: 200 });
  return { raw, then };
}

describe('an HTTP answer that is none of the API', () => {
  it.each([
    ['a page of a proxy', 502, 'text/html', '<html>Bad Gateway</html>'],
    ['nothing', 200, 'application/json', ''],
    ['half of JSON', 200, 'application/json', '{"id":'],
  ])('%s comes as it is, also when a stream was asked for', async (_, status, contentType, text) => {
    simulator.enqueue({ kind: 'body', status, contentType, text });
    const response = await post(simulator, { ...BODY, stream: true });
    expect([response.status, response.headers.get('content-type'), await response.text()]).toEqual([status, contentType, text]);
    expect(simulator.violationCount).toBe(0);
  });
});

describe('a connection that ends', () => {
  it.each<[CutKind, string | undefined]>([['break', 'UND_ERR_SOCKET'], ['fin', undefined], ['reset', 'ECONNRESET']])('cut with %s after some events', async (how, broken) => {
    const answer = await stream(simulator, { kind: 'cut', how, afterEvents: 5, content: CONTENT });
    expect(eventNames(answer.text)).toEqual(WHOLE.slice(0, 5));
    expect([answer.status, answer.broken]).toEqual([200, broken]);
    expect(simulator.requests[0]).toMatchObject({ clientClosed: false, status: 200 });
    expect((await post(simulator)).status).toBe(200);
  });

  it('cut with hang: nothing more comes, and it is seen when the client leaves', async () => {
    simulator.enqueue({ kind: 'cut', how: 'hang', afterEvents: 4, content: CONTENT });
    const { raw, then } = await leaveWhen((text) => text.includes('content_block_delta'));
    expect([eventNames(raw), then]).toEqual([WHOLE.slice(0, 4), 'silence']);
  });

  it.each<[CutKind, boolean]>([['fin', false], ['break', true], ['reset', true]])('cut with %s of a JSON answer leaves half of it', async (how, breaks) => {
    simulator.enqueue({ kind: 'cut', how, afterEvents: 0 });
    const response = await post(simulator);
    const text = await response.text().catch((error: Error) => error.message);
    expect(text === 'terminated').toBe(breaks);
    expect(() => JSON.parse(text) as unknown).toThrow();
  });

  it('hang behind the headers: they come, and nothing else', async () => {
    simulator.enqueue({ kind: 'hang', when: 'after_headers' });
    expect(await leaveWhen(() => true)).toEqual({ raw: '', then: 'silence' });
  });

  it('reset behind the headers', async () => {
    const answer = await stream(simulator, { kind: 'reset', when: 'after_headers' });
    expect([answer.status, answer.text, answer.broken]).toEqual([200, '', 'ECONNRESET']);
  });

  it('reset inside an event', async () => {
    const answer = await stream(simulator, { kind: 'reset', when: 'mid_body', content: CONTENT });
    expect(eventNames(answer.text)).toEqual(WHOLE.slice(0, 5));
    expect([answer.text.endsWith('\n\n'), answer.broken]).toEqual([false, 'ECONNRESET']);
  });
});

describe('a stream that is none', () => {
  it.each<[MalformedStream, readonly string[]]>([
    ['bad_json', WHOLE],
    ['out_of_order', ['message_start', 'ping', 'content_block_delta', 'content_block_start', ...WHOLE.slice(4)]],
    ['dup_start', [...WHOLE.slice(0, 3), 'message_start', ...WHOLE.slice(3)]],
    ['no_events', []],
    ['no_stop', WHOLE.slice(0, -1)],
    ['no_message_delta', [...WHOLE.slice(0, -2), 'message_stop']],
  ])('%s', async (what, names) => {
    const answer = await stream(simulator, { kind: 'malformed', what, content: CONTENT });
    expect([answer.status, answer.broken, eventNames(answer.text)]).toEqual([200, undefined, names]);
    if (what === 'bad_json') expect(() => eventData(answer.text)).toThrow(SyntaxError);
    else expect(eventData(answer.text).map(({ type }) => type as string)).toEqual(names);
  });

  it('a JSON request gets half a message', async () => {
    simulator.enqueue({ kind: 'malformed', what: 'no_stop' });
    await expect((await post(simulator)).json()).rejects.toThrow('JSON');
  });
});

describe('a stream that is right and unusual', () => {
  const TEXT = 'Grüße aus 東京: 🌍, and something plain behind it.';
  const odd = (what: StreamOddity) => stream(simulator, { kind: 'oddity', what, content: [{ type: 'text', text: TEXT }] });

  it.each<StreamOddity>(['crlf', 'split_utf8', 'unknown_event', 'ping', 'thinking', 'unknown_block'])('%s says the whole text and ends', async (what) => {
    const answer = await odd(what);
    expect([answer.status, answer.broken, saidIn(answer.text), eventNames(answer.text).at(-1)]).toEqual([200, undefined, TEXT, 'message_stop']);
  });

  it('crlf: every line ends in two characters', async () => {
    const { text } = await odd('crlf');
    expect(text.match(/\r\n/g)!.length).toBe(text.match(/\n/g)!.length);
  });

  it('split_utf8: every character outside ASCII comes in more than one chunk', async () => {
    const { chunks } = await odd('split_utf8');
    const cut = chunks.filter((chunk) => chunk.toString().includes('\ufffd'));
    expect(cut.length).toBe([...Buffer.from(TEXT)].filter((byte) => byte > 127).length);
  });

  it('unknown_event and ping: between the events of a message that is whole without them', async () => {
    for (const [what, extra] of [['unknown_event', 'unheard_of'], ['ping', 'ping']] as const) {
      const names = eventNames((await odd(what)).text);
      expect(names.filter((name) => name === extra).length).toBeGreaterThanOrEqual(8);
      expect(names.filter((name) => name !== 'unheard_of' && name !== 'ping').slice(0, 3)).toEqual(['message_start', 'content_block_start', 'content_block_delta']);
    }
  });

  it('huge_event: one delta of eight megabytes, or of as many bytes as one says', async () => {
    const { text } = await stream(simulator, { kind: 'oddity', what: 'huge_event' });
    expect([saidIn(text).length, eventNames(text).filter((name) => name === 'content_block_delta').length]).toEqual([8 * 1024 * 1024, 1]);
    expect(saidIn((await stream(simulator, { kind: 'oddity', what: 'huge_event', bytes: 5 })).text)).toBe('xxxxx');
  });

  it('thinking and unknown_block: the block comes before the text, in a stream and in JSON', async () => {
    for (const [what, type] of [['thinking', 'thinking'], ['unknown_block', 'unheard_of']] as const) {
      const starts = eventData((await odd(what)).text).filter((data) => data.type === 'content_block_start');
      expect(starts.map(({ content_block }) => content_block.type as string)).toEqual([type, 'text']);
      simulator.enqueue({ kind: 'oddity', what });
      expect(((await (await post(simulator)).json()) as Json).content.map((block: Json) => block.type as string)).toEqual([type, 'text']);
    }
  });
});

describe('an answer that takes its time', () => {
  it('ping_forever: pings until the client leaves', async () => {
    simulator.enqueue({ kind: 'ping_forever', everyMilliseconds: 1 });
    const { raw, then } = await leaveWhen((text) => eventNames(text).length > 10);
    expect(new Set(eventNames(raw + then).slice(1))).toEqual(new Set(['ping']));
    expect(then).not.toBe('silence');
  });

  it('drip: some bytes at a time, whole in the end', async () => {
    const answer = await stream(simulator, { kind: 'drip', bytes: 300, everyMilliseconds: 40, content: CONTENT });
    expect([saidIn(answer.text), answer.chunks.length]).toEqual([SENTENCE, Math.ceil(answer.text.length / 300)]);
    // A timer that starts in a long turn of the event loop is early by as much.
    expect(answer.endedAfter).toBeGreaterThan(answer.chunks.length * 20);
    simulator.enqueue({ kind: 'drip', bytes: 50, everyMilliseconds: 1, content: CONTENT });
    expect(((await (await post(simulator)).json()) as Json).content[0].text).toBe(SENTENCE);
  });

  it('slow: silent before the headers, and then as always', async () => {
    const answer = await stream(simulator, { kind: 'slow', milliseconds: 200, content: CONTENT });
    expect(answer.headersAfter).toBeGreaterThan(100);
    expect(eventNames(answer.text)).toEqual(WHOLE);
  });
});

it('raw input: a stream spells a tool input that is no JSON, and JSON has the input', async () => {
  const step = { kind: 'reply', content: [{ type: 'tool_use', name: 'calculator', input: {}, rawInput: '{"expression": "1 +' }] } as const;
  const { text } = await stream(simulator, step);
  expect(eventData(text).map(({ delta }) => (delta as { partial_json?: string } | undefined)?.partial_json ?? '').join('')).toBe('{"expression": "1 +');
  simulator.enqueue(step);
  expect(((await (await post(simulator)).json()) as Json).content[0]).toEqual({ type: 'tool_use', id: expect.any(String), name: 'calculator', input: {}, caller: { type: 'direct' } });
});
