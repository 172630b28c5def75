import { brotliCompressSync, gzipSync } from 'node:zlib';
import type { RawRequest } from '../support/raw-http.js';

/** A request that the service must refuse, and how. */
export interface BadRequest {
  readonly why: string;
  readonly status: number;
  readonly code: string;
  readonly request: RawRequest;
}

type Body = string | Buffer;

const JSON_TYPE = { 'content-type': 'application/json' };
const GOOD_BODY = '{"message":"hi"}';

/** The largest body that is read, in bytes, and the longest message, in characters: both are promises to clients. */
export const MOST_BODY_BYTES = 262_144;
export const LONGEST_MESSAGE = 32_000;

const unreadable = (why: string, body: Body): BadRequest => ({ why, status: 400, code: 'malformed_request', request: { headers: JSON_TYPE, body } });
const notUtf8 = (why: string, body: Buffer): BadRequest => ({ ...unreadable(why, body), code: 'invalid_encoding' });
const invalid = (why: string, body: unknown): BadRequest => ({ ...unreadable(why, typeof body === 'string' ? body : JSON.stringify(body)), code: 'invalid_request' });
const message = (why: string, value: unknown): BadRequest => invalid(`a message that is ${why}`, { message: value });
const conversation = (why: string, id: unknown): BadRequest => invalid(`a conversation id that is ${why}`, { message: 'hi', conversation_id: id });
const unknownConversation = (id: string): BadRequest => ({ ...conversation(`well-formed and unknown: ${id}`, id), status: 404, code: 'conversation_not_found' });
const unknownField = (why: string, name: string): BadRequest => invalid(`an unknown field: ${why}`, { message: 'hi', [name]: 1 });
const nowhere = (method: string, target: string): BadRequest => ({ why: `${method} ${target.slice(0, 40)}`, status: 404, code: 'not_found', request: { method, target, ...(method === 'POST' && { headers: JSON_TYPE, body: GOOD_BODY }) } });
const wrongMethod = (method: string, target = '/chat'): BadRequest => ({ ...nowhere(method, target), status: 405, code: 'method_not_allowed' });
const badUrl = (target: string): BadRequest => ({ ...nowhere('GET', target), status: 400, code: 'malformed_request' });
const tooLarge = (why: string, request: RawRequest): BadRequest => ({ why: `too large: ${why}`, status: 413, code: 'body_too_large', request });
const wrongType = (type: string | undefined, body: Body = GOOD_BODY): BadRequest => ({
  why: `the content type ${type ?? 'left out'}`, status: 415, code: 'unsupported_media_type', request: { headers: { 'content-type': type }, body },
});
const encoded = (encoding: string, body: Body): BadRequest => ({
  why: `the content encoding ${encoding}, on ${typeof body === 'string' ? 'plain' : 'encoded'} JSON`, status: 415, code: 'unsupported_media_type',
  request: { headers: { ...JSON_TYPE, 'content-encoding': encoding }, body },
});

const between = (start: string, bytes: readonly number[], end: string): Buffer => Buffer.concat([Buffer.from(start), Buffer.from(bytes), Buffer.from(end)]);
const inMessage = (...bytes: number[]): Buffer => between('{"message":"', bytes, '"}');

/** Whole HTTP requests that ask for something the service does not do. None may reach the model. */
export const BAD_REQUESTS: readonly BadRequest[] = [
  { why: 'nothing at all', status: 400, code: 'invalid_request', request: {} },
  unreadable('an empty body', ''), unreadable('a body of spaces', '   \n'),
  invalid('null', 'null'), invalid('a number', '1'), invalid('true', 'true'), invalid('a string', '"hi"'), invalid('an array', '[]'),
  invalid('an array around a good body', `[${GOOD_BODY}]`), invalid('an object without a message', '{}'),

  message('null', null), message('a number', 1), message('true', true), message('an array', ['hi']), message('an object', { text: 'hi' }),
  message('empty', ''), message('a space', ' '), message('only white space', ' \n\t\r\u00a0\u2003\ufeff'),
  message('one character too long', 'a'.repeat(LONGEST_MESSAGE + 1)), message('far too long', 'secret-'.repeat(30_000)),
  message('NUL', '\0'), message('text with NUL inside', 'a\0b'), message('text with NUL at its end', 'hi\0'),
  message('half a surrogate pair', '\ud800'), message('the other half', 'hi \udc00'), message('a pair in the wrong order', '\ude00\ud83d'),
  invalid('a number too large for a number', '{"message":1e999}'),
  invalid('a message twice, of which the last counts', '{"message":"hi","message":1}'),

  unknownField('x', 'x'), unknownField('another case', 'Message'), unknownField('camel case', 'conversationId'), unknownField('of another API', 'messages'),
  unknownField('no name', ''), unknownField('a long name', 'secret'.repeat(500)), unknownField('a name with line breaks', 'a\r\nSet-Cookie: b'),
  unknownField('toString', 'toString'), unknownField('constructor', 'constructor'), unknownField('prototype', 'prototype'), unknownField('hasOwnProperty', 'hasOwnProperty'),
  invalid('a thousand unknown fields', `{"message":"hi",${Array.from({ length: 1_000 }, (_, index) => `"k${index}":${index}`).join()}}`),
  unreadable('__proto__', '{"message":"hi","__proto__":{"admin":true}}'), unreadable('__proto__ in place of the message', '{"__proto__":{"message":"hi"}}'),
  unreadable('__proto__ written with an escape', '{"message":"hi","\\u005f_proto__":{}}'), unreadable('__proto__ further inside', '{"message":{"a":[{"__proto__":{}}]}}'),
  unreadable('constructor.prototype', '{"message":"hi","constructor":{"prototype":{"admin":true}}}'),

  conversation('null', null), conversation('a number', 7), conversation('an array', ['conv_1']), conversation('an object', {}), conversation('empty', ''),
  conversation('a space', ' '), conversation('a path', '../../etc/passwd'), conversation('two words', 'a b'), conversation('a line', 'conv_1\n'),
  conversation('too long', 'a'.repeat(129)), conversation('not ASCII', 'conv_é'), conversation('SQL', "' OR 1=1 --"), conversation('NUL', '\0'), conversation('half a pair', '\ud800'),
  unknownConversation('conv_00000000-0000-4000-8000-000000000000'), unknownConversation('__proto__'), unknownConversation('constructor'), unknownConversation('a'.repeat(128)),

  ...['{', '{"message"', '{"message":', '{"message":"hi', '{"message":"hi"', '{"message":"hi",}', '{message:"hi"}', "{'message':'hi'}", `${GOOD_BODY}}`, `${GOOD_BODY} x`,
    GOOD_BODY + GOOD_BODY, `${GOOD_BODY}\0`, `\ufeff\ufeff${GOOD_BODY}`, `// why\n${GOOD_BODY}`, '{"message":"hi"/* why */}', '{"message":"a\nb"}', '{"message":"a\tb"}',
    '{"message":"\\x41"}', '{"message":"\\u00g0"}', '{"message":NaN}', '{"message":Infinity}', '{"message":-Infinity}', '{"message":undefined}', '{"message":01}',
    'NaN', 'message=hi', '<message>hi</message>', 'hi'].map((body) => unreadable(`not JSON: ${JSON.stringify(body)}`, body)),
  invalid('100,000 nested arrays', `{"message":${'['.repeat(100_000)}${']'.repeat(100_000)}}`), unreadable('200,000 opened arrays', '['.repeat(200_000)),
  invalid('40,000 nested objects', `{"message":"hi","x":${'{"a":'.repeat(40_000)}1${'}'.repeat(40_000)}}`),

  notUtf8('bytes that are no UTF-8', inMessage(0xff, 0xfe)), notUtf8('a character cut in half', inMessage(0xe2, 0x82)), notUtf8('an overlong slash', inMessage(0xc0, 0xaf)),
  notUtf8('half a surrogate pair in bytes', inMessage(0xed, 0xa0, 0x80)), notUtf8('Latin-1', inMessage(0xe9)),
  notUtf8('UTF-16 with its mark', Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(GOOD_BODY, 'utf16le')])),
  unreadable('UTF-16 without its mark', Buffer.from(GOOD_BODY, 'utf16le')),

  ...[undefined, '', ';;;', 'application', '*/*', 'application/jsonx', 'application/json5', 'application/problem+json', 'application/octet-stream', 'application/xml',
    'text/json', 'text/html', 'text/plain', 'text/plain; charset=utf-8'].map((type) => wrongType(type)),
  wrongType('application/x-www-form-urlencoded', 'message=hi'),
  wrongType('multipart/form-data; boundary=x', '--x\r\ncontent-disposition: form-data; name="message"\r\n\r\nhi\r\n--x--\r\n'),
  encoded('gzip', gzipSync(GOOD_BODY)), encoded('gzip', GOOD_BODY), encoded('br', brotliCompressSync(GOOD_BODY)), encoded('x-secret', GOOD_BODY),

  tooLarge('by one byte', { headers: JSON_TYPE, body: GOOD_BODY.padEnd(MOST_BODY_BYTES + 1) }),
  tooLarge('declared so', { headers: { ...JSON_TYPE, 'content-length': '99999999999' }, body: '{' }),
  tooLarge('in chunks', { headers: { ...JSON_TYPE, 'content-length': undefined, 'transfer-encoding': 'chunked' }, body: `${(MOST_BODY_BYTES + 1).toString(16)}\r\n${' '.repeat(MOST_BODY_BYTES + 1)}\r\n0\r\n\r\n` }),

  ...['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].map((method) => wrongMethod(method)), wrongMethod('POST', '/health/live'), wrongMethod('DELETE', '/metrics'), wrongMethod('POST', '/'),
  ...['/nope', '/chat/', '/chat/conv_1', '/CHAT', '//chat', '/chat;a=1', '/%2e%2e/chat', '/../../etc/passwd', '/chat%00', '/index.php', `/${'a'.repeat(9_000)}`].map((target) => nowhere('POST', target)),
  nowhere('GET', '/.env'), nowhere('GET', '/health'),
  badUrl('/%zz'), badUrl('/chat%'), badUrl('/%c0%af'),
  { ...invalid('a bad body when a stream was asked for', '{}'), request: { headers: { ...JSON_TYPE, accept: 'text/event-stream' }, body: '{}' } },
  { ...unknownConversation('conv_1'), why: 'an unknown conversation when a stream was asked for', request: { headers: { ...JSON_TYPE, accept: 'text/event-stream' }, body: '{"message":"hi","conversation_id":"conv_1"}' } },
];

/** What a server can not read as HTTP at all, or stops reading: `what` → the bytes and the status. */
export const BROKEN_HTTP: readonly (readonly [what: string, status: number, bytes: string])[] = [
  ['words', 400, 'garbage\r\n\r\n'],
  ['a method alone', 400, 'GET\r\n\r\n'],
  ['an unknown method', 400, 'FOO /chat HTTP/1.1\r\nhost: a\r\n\r\n'],
  ['an unknown version', 400, 'GET / HTTP/9.9\r\nhost: a\r\n\r\n'],
  ['HTTP/2', 400, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['TLS', 400, '\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03'],
  ...[['a negative length', 'content-length: -1'], ['a length in words', 'content-length: many'], ['two lengths', 'content-length: 2\r\ncontent-length: 3'],
    ['a length and chunks', 'content-length: 2\r\ntransfer-encoding: chunked'], ['a header without a colon', 'header'],
    ['a correlation id with NUL', 'x-correlation-id: a\0b'], ['a correlation id with an escape', 'x-correlation-id: \x1b[31m'],
    ['a correlation id with a carriage return', 'x-correlation-id: a\rset-cookie: b'], ['a correlation id with a line feed', 'x-correlation-id: a\nb'],
  ].map(([what = '', header = '']) => [what, 400, `POST /chat HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n${header}\r\n\r\n{}`] as const),
  ['a chunk of unknown size', 400, 'POST /chat HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n'],
  ['20 kB in one header', 431, `POST /chat HTTP/1.1\r\nhost: a\r\nx-correlation-id: ${'secret-'.repeat(3_000)}\r\n\r\n`],
  ['20 kB of address', 431, `GET /chat?${'secret-'.repeat(3_000)} HTTP/1.1\r\nhost: a\r\n\r\n`],
];

/** Odd, but what they ask for is clear: they are answered. */
export const ODD_REQUESTS: readonly (readonly [why: string, request: RawRequest])[] = [
  ['a byte order mark before the JSON', { headers: JSON_TYPE, body: `\ufeff${GOOD_BODY}` }],
  ['a message twice: the last one counts', { headers: JSON_TYPE, body: '{"message":1,"message":"hi"}' }],
  ['a content type in upper case', { headers: { 'content-type': 'APPLICATION/JSON' }, body: GOOD_BODY }],
  ['a charset, which JSON has no use for', { headers: { 'content-type': 'application/json; charset=iso-8859-1' }, body: GOOD_BODY }],
  ['a long query', { target: `/chat?${'a'.repeat(9_000)}`, headers: JSON_TYPE, body: GOOD_BODY }],
  ['the longest message', { headers: JSON_TYPE, body: JSON.stringify({ message: 'a '.repeat(LONGEST_MESSAGE / 2) }) }],
  ['the largest body', { headers: JSON_TYPE, body: GOOD_BODY.padEnd(MOST_BODY_BYTES) }],
  ['characters beyond the basic plane', { headers: JSON_TYPE, body: '{"message":"\\ud83d\\ude00 hi 😀"}' }],
  ['no body encoding, by name', { headers: { ...JSON_TYPE, 'content-encoding': 'identity' }, body: GOOD_BODY }],
];
