import fc from 'fast-check';
import { redactText, redactValue } from '../../../src/kernel/redaction.js';
import { cut } from '../../../src/kernel/text.js';

/** Built from pieces, so that no scanner takes this file for a leak. */
const filler = 'Ab3'.repeat(14);
const SECRETS: readonly (readonly [kind: string, secret: string, around?: string])[] = [
  ['an Anthropic key', ['sk', 'ant', 'api03', filler].join('-')],
  ['a project key', ['sk', 'proj', filler].join('-')],
  ['a GitHub token', `ghp_${filler}`],
  ['a Slack token', ['xoxb', filler].join('-')],
  ['an AWS key id', `AKIA${'ABCD2345'.repeat(2)}`],
  ['a Tavily key', ['tvly', filler].join('-')],
  ['a JSON web token', `eyJ${filler}.eyJ${filler}.${filler}`],
  ['a bearer header', filler, 'authorization: Bearer '],
  ['a password in a URL', 'hunter2secret', 'postgres://user:'],
  ['a password by name', 'hunter2secret', 'password='],
  ['an api key by name', 'hunter2secret', '{"api_key": "'],
];

it.each(SECRETS)('masks %s', (_kind, secret, before = 'it is ') => {
  const redacted = redactText(`${before}${secret}@host and more`);
  expect(redacted).toContain('[redacted]');
  expect(redacted).not.toContain(secret);
});

it.each([
  'The answer is 345.', 'input_tokens: 1500, max_tokens: 4096', 'See https://example.com/a?b=c', 'Version 1.2.3 of sk-learn', 'basic arithmetic is fun',
  'a private key is never shared', 'the token_type is input',
])('leaves harmless text alone: %s', (text) => {
  expect(redactText(text)).toBe(text);
});

it('keeps a line of JSON a line of JSON, whatever is in it', () => {
  fc.assert(fc.property(fc.string({ unit: 'grapheme' }), fc.constantFrom(...SECRETS), (text, [, secret, before = '']) => {
    const line = JSON.stringify({ message: `${text}${before}${secret}"\\ ${text}`, [`${text}_token`]: secret });
    expect(() => JSON.parse(redactText(line)) as unknown).not.toThrow();
  }), { seed: 7, numRuns: 500 });
});

it('masks by the name of a field, but not token counts', () => {
  expect(redactValue({ api_key: 'abc', Authorization: 'x', nested: [{ access_token: 'y' }], input_tokens: 5, token_type: 'input' }))
    .toEqual({ api_key: '[redacted]', Authorization: '[redacted]', nested: [{ access_token: '[redacted]' }], input_tokens: 5, token_type: 'input' });
});

it('survives a cycle, a deep value and a huge one', () => {
  const cyclic: Record<string, unknown> = { name: 'x' };
  cyclic.self = cyclic;
  expect(JSON.stringify(redactValue(cyclic))).toContain('[deep]');
  expect(JSON.stringify(redactValue('x'.repeat(10_000_000))).length).toBeLessThan(1_100);
});

it('cuts by code point and never leaves half a surrogate or a NUL', () => {
  expect(cut('ab\0c', 10)).toBe('abc');
  fc.assert(fc.property(fc.string({ unit: 'binary' }), fc.nat(20), (text, length) => cut(text, length).isWellFormed()), { seed: 7 });
});

it('reads 200 kB of hostile text in linear time', () => {
  const time = (size: number) => {
    const text = 'sk-://:@api_key=Bearer eyJ. -----BEGIN '.repeat(size);
    const startedAt = performance.now();
    redactText(text);
    return performance.now() - startedAt;
  };
  time(500);
  const small = Math.max(1, Math.min(time(500), time(500), time(500)));
  expect(Math.min(time(5_000), time(5_000), time(5_000)) / small).toBeLessThan(60); // 10 times the text; quadratic would be 100
});
