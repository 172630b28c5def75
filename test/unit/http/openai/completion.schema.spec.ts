import { parseCompletionRequest } from '../../../../src/http/openai/completion.schema.js';

const hello = [{ role: 'user', content: 'Hello' }];
const refused = (body: unknown) => {
  try {
    return parseCompletionRequest(body);
  } catch (error) {
    return error;
  }
};

it('reads the text of a message from a string and from parts', () => {
  const content = [{ type: 'text', text: 'one' }, { type: 'text', text: 'two', cache_control: { type: 'ephemeral' } }];
  const messages = [{ role: 'system', content: 'Be brief.', name: 'x' }, { role: 'user', content }, { role: 'assistant', content: null, tool_calls: [{}] }, { role: 'assistant' }, { role: 'assistant', content: [{ type: 'refusal', refusal: 'No.' }] }, ...hello];
  expect(parseCompletionRequest({ messages }).messages).toEqual([
    { role: 'system', text: 'Be brief.' }, { role: 'user', text: 'one\ntwo' }, { role: 'assistant', text: '' }, { role: 'assistant', text: '' }, { role: 'assistant', text: 'No.' }, { role: 'user', text: 'Hello' },
  ]);
});

it('ignores everything that clients send and that means nothing here', () => {
  const noise = {
    temperature: 0.1, top_p: 1, max_tokens: 5, max_completion_tokens: 5, stop: ['x'], user: 'u', metadata: { a: 'b' }, seed: 1, parallel_tool_calls: true, reasoning_effort: 'low', store: true,
    presence_penalty: 0, logit_bias: {}, service_tier: 'auto', response_format: { type: 'text' }, tool_choice: 'auto', tools: [], functions: [], n: 1, logprobs: false, modalities: ['text'], chat_id: 'x', anything: { at: ['all'] },
  };
  expect(parseCompletionRequest({ ...noise, model: 'gpt-4o', messages: hello, stream: true, stream_options: { include_usage: true, include_obfuscation: false } }))
    .toEqual({ messages: [{ role: 'user', text: 'Hello' }], model: 'gpt-4o', stream: true, includeUsage: true });
});

it('takes null for what is left out', () => {
  const body = { messages: hello, model: null, stream: null, stream_options: null, tools: null, functions: null, n: null, logprobs: null, modalities: null };
  expect(parseCompletionRequest(body)).toEqual({ messages: [{ role: 'user', text: 'Hello' }], model: undefined, stream: false, includeUsage: false });
});

it.each([
  ['no messages', { messages: [] }, 'messages: '],
  ['messages that are missing', {}, 'messages: must be a array'],
  ['a body that is none', 'hello', 'body: must be a JSON object'],
  ['too many messages', { messages: Array.from({ length: 1_001 }, () => hello[0]) }, 'messages: '],
  ['an unknown role', { messages: [{ role: 'wizard', content: 'x' }] }, 'messages.0.role: '],
  ['an image', { messages: [{ role: 'user', content: [{ type: 'text', text: 'x' }, { type: 'image_url', image_url: { url: 'https://example.com' } }] }] }, 'messages.0.content: must be text, as a string or as parts of text: this agent takes no images, audio or files'],
  ['audio', { messages: [{ role: 'user', content: [{ type: 'input_audio', input_audio: {} }] }] }, 'messages.0.content: must be text'],
  ['a text that is none', { messages: [{ role: 'user', content: [{ type: 'text', text: 5 }] }] }, 'messages.0.content: must be text'],
  ['a content that is none', { messages: [{ role: 'user', content: 5 }] }, 'messages.0.content: must be text'],
  ['a NUL', { messages: [{ role: 'assistant', content: 'a\0b' }, ...hello] }, 'messages.0.content: must be well-formed Unicode without NUL'],
  ['half a surrogate', { messages: [{ role: 'user', content: [{ type: 'text', text: '\ud800' }] }] }, 'messages.0.content: must be well-formed Unicode without NUL'],
  ['a huge message', { messages: [{ role: 'system', content: 'x'.repeat(200_001) }, ...hello] }, 'messages.0.content: must have at most 200000 characters'],
  ['very many parts', { messages: [{ role: 'user', content: Array.from({ length: 1_001 }, () => ({ type: 'text', text: '' })) }] }, 'messages.0.content: must have at most 1000 parts'],
  ['tools of the client', { messages: hello, tools: [{ type: 'function', function: { name: 'x' } }] }, 'tools: must be left out or empty: the tools of this agent run on the server, and it calls none of its client'],
  ['functions of the client', { messages: hello, functions: [{ name: 'x' }] }, 'functions: must be left out or empty'],
  ['several answers', { messages: hello, n: 2 }, 'n: must be 1'],
  ['log probabilities', { messages: hello, logprobs: true }, 'logprobs: must be false'],
  ['an answer to listen to', { messages: hello, modalities: ['text', 'audio'] }, 'modalities.1: must be text'],
  ['a stream that is no boolean', { messages: hello, stream: 'yes' }, 'stream: must be a boolean'],
  ['a model that is no name', { messages: hello, model: 5 }, 'model: must be a string'],
])('refuses %s and says where', (_what, body, message) => {
  expect(refused(body)).toMatchObject({ name: 'Failure', code: 'invalid_request', errorType: 'validation', publicMessage: expect.stringContaining(message) });
});
