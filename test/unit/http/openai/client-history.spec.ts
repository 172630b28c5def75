import * as fc from 'fast-check';
import { isValidHistory } from '../../../../src/agent/history/valid.js';
import { agrees, clientHistory, continuationOf } from '../../../../src/http/openai/client-history.js';
import type { ClientMessage } from '../../../../src/http/openai/completion.schema.js';
import type { Message } from '../../../../src/kernel/transcript.js';

const user = (text: string): ClientMessage => ({ role: 'user', text });
const assistant = (text: string): ClientMessage => ({ role: 'assistant', text });
const system = (text: string): ClientMessage => ({ role: 'system', text });
const said = (...texts: readonly string[]): Message => ({ role: 'user', content: texts.map((text) => ({ type: 'text', text })) });
const answered = (text: string): Message => ({ role: 'assistant', content: [{ type: 'text', text }] });
const marked = (text: string): string => `<client_instructions>\n${text}\n</client_instructions>`;

describe('what a client shows of a conversation', () => {
  it.each<[string, readonly ClientMessage[], readonly Message[]]>([
    ['nothing but the question is no history', [user('Hi')], []],
    ['texts of user and assistant stay in their order', [user('1'), assistant('2'), user('3'), assistant('4'), user('Hi')], [said('1'), answered('2'), said('3'), answered('4')]],
    ['instructions come in front of the first text of the user, marked', [system('Be brief.'), user('1'), assistant('2'), user('Hi')], [said(marked('Be brief.'), '1'), answered('2')]],
    ['instructions from wherever they stand are gathered there', [user('1'), { role: 'developer', text: 'A' }, assistant('2'), system('B'), user('Hi')], [said(marked('A\n\nB'), '1'), answered('2')]],
    ['instructions before a first question are an exchange of their own', [system('Be brief.'), user('Hi')], [said(marked('Be brief.')), answered('Understood.')]],
    ['a greeting of the assistant answers the instructions', [system('Be brief.'), assistant('Hello!'), user('Hi')], [said(marked('Be brief.')), answered('Hello!')]],
    ['a greeting to which nothing led is left out', [assistant('Hello!'), user('Hi')], []],
    ['texts of one role in a row are one turn', [user('1'), user('2'), assistant('3'), assistant('4'), user('Hi')], [said('1', '2'), { role: 'assistant', content: [{ type: 'text', text: '3' }, { type: 'text', text: '4' }] }]],
    ['a question that was not answered says so', [user('1'), user('Hi')], [said('1'), answered('(This was not answered.)')]],
    ['of tool calls and their results only text of the assistant is left', [user('1'), assistant('Let me see.'), { role: 'tool', text: '42' }, assistant(''), assistant('It is 42.'), user('Hi')], [said('1'), { role: 'assistant', content: [{ type: 'text', text: 'Let me see.' }, { type: 'text', text: 'It is 42.' }] }]],
    ['blank texts are left out', [system(' '), user('\n'), user('1'), assistant('2'), user('Hi')], [said('1'), answered('2')]],
  ])('%s', (_sentence, messages, history) => {
    expect(clientHistory(messages)).toEqual(history);
  });

  const anyMessage = fc.record({ role: fc.constantFrom('system', 'developer', 'user', 'assistant', 'tool', 'function'), text: fc.constantFrom('', ' ', 'a', 'b\n', 'c') });

  it('is always a history that a question may follow', () => {
    fc.assert(fc.property(fc.array(anyMessage, { maxLength: 12 }), (messages) => {
      expect(isValidHistory(clientHistory([...messages as ClientMessage[], user('Hi')]))).toBe(true);
    }));
  });

  it('agrees with itself once it is stored', () => {
    fc.assert(fc.property(fc.array(anyMessage, { maxLength: 12 }), (messages) => {
      const shown = [...messages as ClientMessage[], user('Hi')];
      expect(agrees(clientHistory(shown), shown)).toBe(true);
    }));
  });
});

describe('the memory of the server', () => {
  const call: Message = { role: 'assistant', content: [{ type: 'text', text: 'Let me see.' }, { type: 'tool_use', id: 'toolu_1', name: 'calculator', input: {} }] };
  const result: Message = { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: '42' }] };
  const stored: readonly Message[] = [{ role: 'user', content: 'How much?' }, call, result, answered('It is 42.')];

  it.each<[string, readonly ClientMessage[]]>([
    ['the same texts', [user('How much?'), assistant('It is 42.'), user('Sure?')]],
    ['all that was said while tools were at work', [user('How much?'), assistant('Let me see.\n\nIt is 42.'), user('Sure?')]],
    ['only the texts of the user', [user('How much?'), user('Sure?')]],
    ['the same texts with blanks around them', [user(' How much?\n'), assistant('It is 42. '), user('Sure?')]],
    ['tool messages of its own', [user('How much?'), { role: 'tool', text: '41' }, assistant('It is 42.'), user('Sure?')]],
  ])('counts for a client that shows %s', (_what, messages) => {
    expect(continuationOf(messages, 'conv_1', stored)).toEqual({ conversationId: 'conv_1' });
  });

  it.each<[string, readonly ClientMessage[]]>([
    ['another question', [user('How many?'), assistant('It is 42.'), user('Sure?')]],
    ['another answer', [user('How much?'), assistant('It is 43.'), user('Sure?')]],
    ['less', [user('Sure?')]],
    ['more', [user('How much?'), assistant('It is 42.'), user('Hm.'), assistant('Yes.'), user('Sure?')]],
    ['instructions that it did not have', [system('Be brief.'), user('How much?'), assistant('It is 42.'), user('Sure?')]],
  ])('does not count for a client that shows %s: a new conversation begins with that', (_what, messages) => {
    const history = clientHistory(messages);
    expect(continuationOf(messages, 'conv_1', stored)).toEqual(history.length > 0 ? { history } : {});
  });

  it('counts on for a client whose instructions stay the same', () => {
    const first = [system('Be brief.'), user('How much?')];
    const kept = [...clientHistory(first), ...stored];
    expect(continuationOf([...first, assistant('It is 42.'), user('Sure?')], 'conv_1', kept)).toEqual({ conversationId: 'conv_1' });
    expect(continuationOf([system('Be verbose.'), ...first.slice(1), assistant('It is 42.'), user('Sure?')], 'conv_1', kept)).toMatchObject({ history: expect.anything() });
  });

  it('begins with what the client shows where there is none yet', () => {
    const messages = [user('1'), assistant('2'), user('3')];
    expect(continuationOf(messages, 'conv_1', undefined)).toEqual({ conversationId: 'conv_1', mayBeginConversation: true, history: clientHistory(messages) });
    expect(continuationOf([user('1')], 'conv_1', undefined)).toEqual({ conversationId: 'conv_1', mayBeginConversation: true });
  });

  it('is not asked for a client that names no conversation', () => {
    const messages = [user('1'), assistant('2'), user('3')];
    expect(continuationOf(messages, undefined, undefined)).toEqual({ history: clientHistory(messages) });
    expect(continuationOf([user('1')], undefined, undefined)).toEqual({});
  });
});
