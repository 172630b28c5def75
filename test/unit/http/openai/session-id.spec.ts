import { conversationIdFrom } from '../../../../src/http/openai/session-id.js';

it('is made from the first header that names a conversation', () => {
  const names = ['x-session-id', 'x-openwebui-chat-id', 'x-librechat-conversation-id', 'x-conversation-id'];
  for (const name of names) expect(conversationIdFrom({ [name]: 'abc' })).toBe(conversationIdFrom({ 'x-session-id': 'abc' }));
  for (const [index, name] of names.entries()) {
    const headers = Object.fromEntries(names.slice(index).map((each) => [each, each === name ? 'mine' : 'other']));
    expect(conversationIdFrom(headers)).toBe(conversationIdFrom({ 'x-session-id': 'mine' }));
  }
});

it.each(['abc', '0b6d5a1e-1111-4222-8333-444455556666', 'a/b?c=d&e', '!', '~'.repeat(200)])('is an id that /chat takes as well, and its own for %j', (session) => {
  const id = conversationIdFrom({ 'x-session-id': session });
  expect(id).toMatch(/^conv_[0-9a-f]{64}$/);
  expect(id).toMatch(/^[A-Za-z0-9_-]{1,128}$/);
  expect(id).not.toBe(conversationIdFrom({ 'x-session-id': `${session.slice(1)}x` }));
});

it.each(['', 'new', 'NEW', 'null', 'undefined', '{{LIBRECHAT_BODY_CONVERSATIONID}}'])('is none for %j, which clients send before there is one', (session) => {
  expect(conversationIdFrom({ 'x-session-id': session })).toBeUndefined();
  expect(conversationIdFrom({ 'x-session-id': session, 'x-conversation-id': 'abc' })).toBe(conversationIdFrom({ 'x-session-id': 'abc' }));
});

it.each(['a b', 'a\tb', 'é', 'x'.repeat(201)])('is refused for %j', (session) => {
  expect(() => conversationIdFrom({ 'x-openwebui-chat-id': session })).toThrow('x-openwebui-chat-id: must be 1 to 200 visible ASCII characters');
});
