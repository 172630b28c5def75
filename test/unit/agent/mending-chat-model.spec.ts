import { MendingChatModel } from '../../../src/agent/mending-chat-model.js';
import { Failure } from '../../../src/kernel/failure.js';
import type { Message, Reply } from '../../../src/kernel/transcript.js';
import { ChatModel, type CallOptions, type ChatRequest, type ModelIdentity } from '../../../src/llm/chat-model.js';
import { IDENTITY, ScriptedModel, textReply, toolReply } from '../../support/fakes.js';
import { RecordingObserver } from '../../support/recording-observer.js';

const asked = (content: string): Message => ({ role: 'user', content });
const said = (text: string): Message => ({ role: 'assistant', content: [{ type: 'text', text }] });
const request: ChatRequest = { system: 's', tools: [], messages: [asked('a'), said('b'), asked('c'), said('d'), asked('e')] };
const { signal } = new AbortController();
const tooLong = new Failure('context_too_long', { errorType: 'request_too_large', publicMessage: 'too long' });
const cutCall = toolReply([['calculator', {}]], 'max_tokens');

function mendingWith(replies: (Reply | Error)[], identity: Partial<ModelIdentity> = {}) {
  const model = new ScriptedModel(replies);
  Object.assign(model, { identity: { ...IDENTITY, ...identity } });
  const observer = new RecordingObserver();
  return { mending: new MendingChatModel(model, observer), asked: model.asked, facts: observer.facts };
}

/** What a client has been shown: a restart makes the text before it void. */
function client() {
  const seen: string[] = [];
  return { seen, onText: (text: string) => void seen.push(text), onRestart: (attempt: number) => void seen.push(`restart ${attempt}`) };
}

it('leaves a whole reply as it is', async () => {
  const { mending, asked: requests, facts } = mendingWith([textReply('yes')]);
  expect(await mending.complete(request, { signal })).toEqual(textReply('yes'));
  expect(requests).toEqual([request]);
  expect(facts).toEqual([]);
  expect(mending.identity).toEqual(IDENTITY);
});

describe('a reply of no use', () => {
  it.each([['empty', textReply('')], ['blank', textReply(' \n')], ['empty because of its limit', textReply('', 'max_tokens')]])('that is %s is asked for once more, and was paid for', async (_what, empty) => {
    const { mending, asked: requests, facts } = mendingWith([empty, textReply('yes')]);
    expect(await mending.complete(request, { signal })).toEqual({ ...textReply('yes'), earlier: [empty] });
    expect(requests).toEqual([request, request]);
    expect(facts).toEqual([{ fact: 'reply.asked_again', detail: { why: 'empty' } }]);
  });

  it('is not asked for a third time', async () => {
    const { mending, asked: requests } = mendingWith([textReply(''), textReply('')]);
    expect(await mending.complete(request, { signal })).toEqual({ ...textReply(''), earlier: [textReply('')] });
    expect(requests).toHaveLength(2);
  });

  it.each([['is a refusal', textReply('', 'refusal')], ['calls a tool without a word', toolReply([['calculator', {}]])], ['ran out of tokens in its text', textReply('half', 'max_tokens')]])('is not one that %s', async (_what, reply) => {
    const { mending, asked: requests } = mendingWith([reply]);
    expect(await mending.complete(request, { signal })).toEqual(reply);
    expect(requests).toHaveLength(1);
  });

  it.each([[100, 200], [16_000, 32_000], [20_000, 32_000], [40_000, 40_000]])('whose tool call was cut off at %d tokens is asked for with %d', async (maxTokens, doubled) => {
    const { mending, asked: requests, facts } = mendingWith([cutCall, toolReply([['calculator', { whole: 1 }]])], { maxTokens });
    expect(await mending.complete(request, { signal })).toMatchObject({ stopReason: 'tool_use', earlier: [cutCall] });
    expect(requests).toEqual([request, { ...request, maxTokens: doubled }]);
    expect(facts).toEqual([{ fact: 'reply.asked_again', detail: { why: 'cut_tool_call' } }]);
  });

  it('stays when its text was shown to a client that can not forget it', async () => {
    const shownAndCut = toolReply([['calculator', {}]], 'max_tokens', 'I look.');
    const { mending, asked: requests, facts } = mendingWith([shownAndCut]);
    const { seen, onText } = client();
    expect(await mending.complete(request, { signal, onText })).toEqual(shownAndCut);
    expect([seen, requests.length, facts]).toEqual([['I look.'], 1, []]);
  });

  it('is void when its text was shown to a client that can', async () => {
    const { mending } = mendingWith([toolReply([['calculator', {}]], 'max_tokens', 'I look.'), textReply('yes')]);
    const { seen, onText, onRestart } = client();
    await mending.complete(request, { signal, onText, onRestart });
    expect(seen).toEqual(['I look.', 'restart 2', 'yes']);
  });

  it('is no restart when nothing of it was shown', async () => {
    const { mending } = mendingWith([cutCall, textReply('yes')]);
    const { seen, onText, onRestart } = client();
    await mending.complete(request, { signal, onText, onRestart });
    expect(seen).toEqual(['yes']);
  });
});

describe('a pause', () => {
  const paused = (text: string) => textReply(text, 'pause_turn');

  it('is gone on from with what was said, and all of it is one reply', async () => {
    const { mending, asked: requests } = mendingWith([paused('one '), paused('two '), textReply('three')]);
    const reply = await mending.complete(request, { signal });
    expect(reply.content.map((block) => (block.type === 'text' ? block.text : ''))).toEqual(['one ', 'two ', 'three']);
    expect(reply.stopReason).toBe('end_turn');
    expect(reply.earlier?.map(({ content }) => content.length)).toEqual([1, 2]);
    expect(reply.earlier?.every((earlier) => earlier.earlier === undefined)).toBe(true);
    expect(requests[1]).toEqual({ ...request, messages: [...request.messages, said('one ')] });
    expect(requests[2]?.messages.at(-1)).toEqual({ role: 'assistant', content: [...paused('one ').content, ...paused('two ').content] });
    expect(requests[2]?.messages).toHaveLength(request.messages.length + 1);
  });

  it('is gone on from five times, and no more', async () => {
    const { mending, asked: requests } = mendingWith(Array.from({ length: 9 }, () => paused('.')));
    expect(await mending.complete(request, { signal })).toMatchObject({ stopReason: 'pause_turn', content: { length: 6 }, earlier: { length: 5 } });
    expect(requests).toHaveLength(6);
  });

  it('that said nothing is an empty reply', async () => {
    const { mending, asked: requests } = mendingWith([paused(''), textReply('yes')]);
    expect(await mending.complete(request, { signal })).toMatchObject({ stopReason: 'end_turn', earlier: [{ stopReason: 'pause_turn' }] });
    expect(requests).toEqual([request, request]);
  });

  it('is asked for from its beginning when what follows is cut off', async () => {
    const { mending, asked: requests } = mendingWith([paused('one '), cutCall, textReply('yes')]);
    expect(await mending.complete(request, { signal })).toEqual({ ...textReply('yes'), earlier: [paused('one '), { ...cutCall, content: [...paused('one ').content, ...cutCall.content] }] });
    expect(requests[2]).toEqual({ ...request, maxTokens: 200 });
  });

  it('gives a client that begins anew the text before the pause again', async () => {
    const { seen, onText, onRestart } = client();
    const model = new BreaksOnce([paused('one '), textReply('two')]);
    await new MendingChatModel(model, new RecordingObserver()).complete(request, { signal, onText, onRestart });
    expect(seen).toEqual(['one ', 'tw', 'restart 2', 'one ', 'two']);
  });

  it('leaves a client that can not begin anew without a way to do it', async () => {
    const { seen, onText } = client();
    const model = new BreaksOnce([paused('one '), textReply('two')]);
    await new MendingChatModel(model, new RecordingObserver()).complete(request, { signal, onText });
    expect(seen).toEqual(['one ', 'tw', 'two']);
    expect(model.restarts).toEqual([undefined, undefined]);
  });
});

/** Shows a piece of its second reply, and begins that one anew. */
class BreaksOnce extends ChatModel {
  override readonly identity = IDENTITY;
  readonly restarts: CallOptions['onRestart'][] = [];

  constructor(private readonly replies: readonly Reply[]) {
    super();
  }

  override async complete(_request: ChatRequest, { onText, onRestart }: CallOptions): Promise<Reply> {
    const reply = this.replies[this.restarts.push(onRestart) - 1] ?? textReply('');
    const [block] = reply.content;
    const text = block?.type === 'text' ? block.text : '';
    if (this.restarts.length === 2) {
      onText?.(text.slice(0, 2));
      onRestart?.(2);
    }
    onText?.(text);
    return reply;
  }
}

describe('a conversation that is too long', () => {
  it('is asked about once more, shortened', async () => {
    const { mending, asked: requests, facts } = mendingWith([tooLong, textReply('yes')]);
    expect(await mending.complete(request, { signal })).toEqual(textReply('yes'));
    expect(requests[1]).toEqual({ ...request, messages: [asked('a'), said('b'), asked('e')] });
    expect(facts).toEqual([{ fact: 'history.trimmed', detail: { messages_before: 5, messages_after: 3 } }]);
  });

  it('is not shortened twice', async () => {
    const { mending, asked: requests } = mendingWith([tooLong, tooLong, textReply('never')]);
    await expect(mending.complete(request, { signal })).rejects.toBe(tooLong);
    expect(requests).toHaveLength(2);
  });

  it('fails when nothing can be left out of it', async () => {
    const { mending, asked: requests, facts } = mendingWith([tooLong, textReply('never')]);
    await expect(mending.complete({ ...request, messages: [asked('a')] }, { signal })).rejects.toBe(tooLong);
    expect([requests.length, facts]).toEqual([1, []]);
  });

  it('stays short for what is asked behind it', async () => {
    const { mending, asked: requests } = mendingWith([tooLong, textReply('one ', 'pause_turn'), textReply(''), textReply('')]);
    await mending.complete(request, { signal });
    expect(requests.map(({ messages }) => messages.length)).toEqual([5, 3, 4]);
  });

  it.each([
    ['a failure of another kind', new Failure('llm_auth', { errorType: 'authentication_error', publicMessage: 'no' })], ['an error that only says so', Object.assign(new Error('context_too_long'), { code: 'context_too_long' })],
  ])('is not what %s means', async (_what, error) => {
    const { mending, asked: requests } = mendingWith([error, textReply('never')]);
    await expect(mending.complete(request, { signal })).rejects.toBe(error);
    expect(requests).toHaveLength(1);
  });
});
