import { Failure, type ErrorType } from '../../../src/kernel/failure.js';
import type { Reply } from '../../../src/kernel/transcript.js';
import { ChatModel, type CallOptions, type ChatRequest, type ModelIdentity } from '../../../src/llm/chat-model.js';
import { FallbackChatModel } from '../../../src/llm/fallback-chat-model.js';
import { IDENTITY, textReply } from '../../support/fakes.js';
import { RecordingObserver } from '../../support/recording-observer.js';

const request: ChatRequest = { system: 's', tools: [], messages: [{ role: 'user', content: 'a' }] };
const { signal } = new AbortController();
const failed = (errorType: ErrorType, partial = false) => new Failure('failed', { errorType, partial, retryable: true, publicMessage: 'failed' });

class NamedModel extends ChatModel {
  override readonly identity: ModelIdentity;
  calls = 0;

  constructor(name: string, private readonly act: (options: CallOptions) => Reply) {
    super();
    this.identity = { ...IDENTITY, name };
  }

  override async complete(_request: ChatRequest, options: CallOptions): Promise<Reply> {
    this.calls += 1;
    return this.act(options);
  }
}

const fails = (name: string, error: unknown) => new NamedModel(name, () => { throw error; });
const answers = (name: string) => new NamedModel(name, ({ onText }) => {
  onText?.(name);
  return textReply(name);
});

function fallback(...models: readonly [ChatModel, ...ChatModel[]]) {
  const observer = new RecordingObserver();
  const [first, ...others] = models;
  return { model: new FallbackChatModel(first, others, observer), facts: observer.facts };
}

it('asks nobody else when the first model answers', async () => {
  const [first, second] = [answers('a'), answers('b')];
  const { model, facts } = fallback(first, second);
  expect(await model.complete(request, { signal })).toEqual(textReply('a'));
  expect([first.calls, second.calls, facts]).toEqual([1, 0, []]);
  expect(model.identity.name).toBe('a');
});

it('asks the others in their order, each once, and says who answered', async () => {
  const models = [fails('a', failed('overloaded_error')), fails('b', failed('timeout')), answers('c'), answers('d')] as const;
  const { model, facts } = fallback(...models);
  expect(await model.complete(request, { signal })).toEqual({ ...textReply('c'), fallback: { from: 'a', to: 'c' } });
  expect(models.map(({ calls }) => calls)).toEqual([1, 1, 1, 0]);
  expect(facts).toEqual([
    { fact: 'model.fallback', detail: { from_model: 'a', to_model: 'b', error_type: 'overloaded_error' } },
    { fact: 'model.fallback', detail: { from_model: 'a', to_model: 'c', error_type: 'overloaded_error' } },
  ]);
});

it('begins every call with the first model again', async () => {
  const first = fails('a', failed('api_error'));
  const { model } = fallback(first, answers('b'));
  await model.complete(request, { signal });
  await model.complete(request, { signal });
  expect(first.calls).toBe(2);
});

it.each(['not_found_error', 'overloaded_error', 'rate_limit_error', 'api_error', 'timeout', 'connection_error', 'bad_response', 'circuit_open'] as const)('lets another model try after %s', async (errorType) => {
  const { model } = fallback(fails('a', failed(errorType)), answers('b'));
  expect(await model.complete(request, { signal })).toMatchObject({ fallback: { to: 'b' } });
});

it.each(['invalid_request_error', 'authentication_error', 'permission_error', 'billing_error', 'request_too_large', 'aborted', '_OTHER'] as const)('asks nobody else after %s, which would fail everywhere', async (errorType) => {
  const [error, second] = [failed(errorType), answers('b')];
  await expect(fallback(fails('a', error), second).model.complete(request, { signal })).rejects.toBe(error);
  expect(second.calls).toBe(0);
});

it.each([['a part of the answer was shown', failed('api_error', true)], ['the error is a bug', new TypeError('bug')]])('asks nobody else when %s', async (_what, error) => {
  const second = answers('b');
  await expect(fallback(fails('a', error), second).model.complete(request, { signal })).rejects.toBe(error);
  expect(second.calls).toBe(0);
});

it('fails with what the first model said when all do', async () => {
  const first = failed('overloaded_error');
  await expect(fallback(fails('a', first), fails('b', failed('timeout')), fails('c', failed('api_error'))).model.complete(request, { signal })).rejects.toBe(first);
});

it('fails with what a later model said when that would fail everywhere', async () => {
  const noKey = failed('authentication_error');
  await expect(fallback(fails('a', failed('timeout')), fails('b', noKey), answers('c')).model.complete(request, { signal })).rejects.toBe(noKey);
});

it('ends with the reason of a caller that gave up, whatever the model made of it', async () => {
  const controller = new AbortController();
  const second = answers('b');
  const first = new NamedModel('a', () => {
    controller.abort('gone');
    throw failed('timeout');
  });
  await expect(fallback(first, second).model.complete(request, { signal: controller.signal })).rejects.toBe('gone');
  expect(second.calls).toBe(0);
});

describe('a client that can begin anew', () => {
  const seen: string[] = [];
  const options: CallOptions = { signal, onText: (text) => seen.push(text), onRestart: (attempt) => seen.push(`restart ${attempt}`) };
  const breaks = (name: string, act: (options: CallOptions) => void) => new NamedModel(name, (given) => {
    act(given);
    throw failed('connection_error');
  });
  beforeEach(() => seen.splice(0));

  it('is told to before another model begins, with a number of its own', async () => {
    const first = breaks('a', ({ onText, onRestart }) => {
      onText?.('one');
      onRestart?.(2);
      onText?.('two');
    });
    await fallback(first, breaks('b', ({ onText }) => onText?.('three')), answers('c')).model.complete(request, options);
    expect(seen).toEqual(['one', 'restart 2', 'two', 'restart 3', 'three', 'restart 4', 'c']);
  });

  it('is told nothing when there is nothing to forget', async () => {
    const first = breaks('a', ({ onText, onRestart }) => {
      onText?.('one');
      onRestart?.(2);
    });
    await fallback(first, answers('b')).model.complete(request, options);
    await fallback(fails('a', failed('timeout')), answers('c')).model.complete(request, options);
    expect(seen).toEqual(['one', 'restart 2', 'b', 'c']);
  });
});

it('gives its models no way to begin anew that the caller does not have', async () => {
  const given: CallOptions[] = [];
  const { model } = fallback(new NamedModel('a', (options) => { given.push(options); return textReply('a'); }));
  await model.complete(request, { signal });
  expect(given[0]).toEqual({ signal, onText: undefined, onRestart: undefined });
});
