import { Failure, type FailureDetails } from '../../../src/kernel/failure.js';
import { ChatModel, type CallOptions, type ChatRequest } from '../../../src/llm/chat-model.js';
import type { Reply } from '../../../src/kernel/transcript.js';
import { ModelHealth } from '../../../src/llm/model-health.js';
import { ResilientChatModel } from '../../../src/llm/resilient-chat-model.js';
import { DeadlinePolicy } from '../../../src/resilience/deadline.js';
import { UNGUARDED, type Policy } from '../../../src/resilience/policy.js';
import { Retry } from '../../../src/resilience/retry.js';
import { RetryBudget } from '../../../src/resilience/retry-budget.js';
import { FakeClock } from '../../support/fake-clock.js';
import { IDENTITY, textReply } from '../../support/fakes.js';

const request: ChatRequest = { system: 's', tools: [], messages: [{ role: 'user', content: 'a' }] };
const failure = (details: Partial<FailureDetails> = {}) => new Failure('upstream_unavailable', { errorType: 'api_error', retryable: true, publicMessage: 'failed', ...details });

type Attempt = (options: CallOptions) => Reply | Promise<Reply>;
const breaks = (error: unknown, ...texts: string[]): Attempt => ({ onText }) => {
  for (const text of texts) onText?.(text);
  throw error;
};
const answers = (text: string): Attempt => ({ onText }) => {
  onText?.(text);
  return textReply(text);
};

/** Does one thing for each attempt, and remembers how it was asked. */
class Attempts extends ChatModel {
  override readonly identity = IDENTITY;
  readonly options: CallOptions[] = [];

  constructor(private readonly attempts: readonly Attempt[]) {
    super();
  }

  override async complete(_request: ChatRequest, options: CallOptions): Promise<Reply> {
    const attempt = this.attempts[this.options.push(options) - 1];
    if (!attempt) throw new Error('asked too often');
    return attempt(options);
  }
}

function retrying(attempts: number): Policy {
  const clock = new FakeClock();
  return new Retry(attempts, new RetryBudget(clock), clock, { scheduled: () => undefined, denied: () => undefined }, () => 0);
}

function modelWith(attempts: readonly Attempt[], policy: Policy = retrying(3)) {
  const inner = new Attempts(attempts);
  const health = new ModelHealth();
  const seen: string[] = [];
  return {
    model: new ResilientChatModel(inner, policy, health), inner, health, seen, signal: new AbortController().signal,
    onText: (text: string) => void seen.push(text), onRestart: (attempt: number) => void seen.push(`restart ${attempt}`),
  };
}

it('asks again when the model failed before its first text, and the client only waits longer', async () => {
  const { model, inner, seen, onText, onRestart, signal } = modelWith([breaks(failure()), breaks(failure()), answers('yes')]);
  expect(await model.complete(request, { signal, onText, onRestart })).toEqual(textReply('yes'));
  expect(seen).toEqual(['yes']);
  expect(inner.options.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
  expect(model.identity).toBe(IDENTITY);
});

it('does not put a second answer behind a text that a client can not forget', async () => {
  const cause = failure({ errorType: 'connection_error' });
  const { model, seen, onText, signal } = modelWith([breaks(cause, 'ye'), answers('never')]);
  await expect(model.complete(request, { signal, onText })).rejects.toMatchObject({ code: 'stream_interrupted', errorType: 'connection_error', retryable: true, partial: true, cause });
  expect(seen).toEqual(['ye']);
});

it('says so also when the time of the call ends in the middle of the text', async () => {
  const tooSlow = failure({ errorType: 'timeout' });
  const waits: Attempt = async ({ onText, signal }) => {
    onText?.('ye');
    return new Promise<Reply>((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
  };
  const { model, onText, signal } = modelWith([waits], new DeadlinePolicy({ milliseconds: 20, failure: () => tooSlow }));
  await expect(model.complete(request, { signal, onText })).rejects.toMatchObject({ code: 'stream_interrupted', errorType: 'timeout', partial: true, cause: tooSlow });
});

it('tells a client that can begin anew which attempt follows, only when there is something to forget', async () => {
  const { model, seen, onText, onRestart, signal } = modelWith([breaks(failure()), breaks(failure(), 'y', 'e'), answers('yes')]);
  await model.complete(request, { signal, onText, onRestart });
  expect(seen).toEqual(['y', 'e', 'restart 3', 'yes']);
});

it('fails as the model did when a client that could begin anew has no attempt left', async () => {
  const last = failure();
  const { model, seen, onText, onRestart, signal } = modelWith([breaks(failure(), 'a'), breaks(failure()), breaks(last, 'b')]);
  await expect(model.complete(request, { signal, onText, onRestart })).rejects.toBe(last);
  expect(seen).toEqual(['a', 'restart 2', 'b']);
});

it('takes a reply for unseen when nobody reads its text as it comes', async () => {
  const { model, inner, signal } = modelWith([breaks(failure(), 'ye'), answers('yes')]);
  expect(await model.complete(request, { signal })).toEqual(textReply('yes'));
  expect(inner.options[0]?.onText).toBeUndefined();
});

it('does not call it an interruption when the client left', async () => {
  const controller = new AbortController();
  const reason = failure({ errorType: 'aborted' });
  const { model, onText } = modelWith([(options) => {
    options.onText?.('ye');
    controller.abort(reason);
    throw reason;
  }], UNGUARDED);
  await expect(model.complete(request, { signal: controller.signal, onText })).rejects.toBe(reason);
});

it('leaves a bug a bug, whatever was shown', async () => {
  const bug = new TypeError('x is not a function');
  const { model, onText, signal } = modelWith([breaks(bug, 'ye')]);
  await expect(model.complete(request, { signal, onText })).rejects.toBe(bug);
});

it('hands on what the policy says before any attempt', async () => {
  const open = failure({ errorType: 'circuit_open' });
  const { model, onText, signal } = modelWith([], { execute: () => Promise.reject(open) });
  await expect(model.complete(request, { signal, onText })).rejects.toBe(open);
});

it('gives each attempt the signal of the policy, and tells the policy when the model begins to answer', async () => {
  const inside = new AbortController().signal;
  let begun = 0;
  const policy: Policy = { execute: (work) => work(inside, () => { begun += 1; }) };
  const { model, inner, signal } = modelWith([({ onBegin }) => { onBegin?.(); return textReply('yes'); }], policy);
  await model.complete(request, { signal });
  expect(inner.options[0]?.signal).toBe(inside);
  expect(begun).toBe(1);
});

it('tells readiness of a model that needs somebody, until it answers', async () => {
  const noKey = failure({ errorType: 'authentication_error', retryable: false });
  const { model, health, signal } = modelWith([breaks(noKey), answers('yes')]);
  await expect(model.complete(request, { signal })).rejects.toBe(noKey);
  expect([...health.problems]).toEqual([['model-1', 'the model API refuses the key']]);
  await model.complete(request, { signal });
  expect(health.problems.size).toBe(0);
});
