import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatUsd, toUsd } from '../../../src/kernel/money.js';
import { NO_USAGE } from '../../../src/kernel/transcript.js';
import { PricedChatModel } from '../../../src/llm/priced-chat-model.js';
import { Pricing } from '../../../src/llm/pricing.js';
import { ScriptedModel, textReply } from '../../support/fakes.js';

const pricing = Pricing.read('config/models.yaml');
const usage = { input_tokens: 1_000_000, output_tokens: 1_000_000, cache_read_tokens: 1_000_000, cache_write_tokens: 1_000_000 };
const usd = (model: string, used = usage) => toUsd(pricing.costOf(model, used) ?? NaN);

it('prices each of the four kinds of tokens', () => {
  expect(usd('claude-sonnet-5-5')).toBeCloseTo(2 + 10 + 0.1 + 2.5, 9);
  expect(usd('claude-opus-4-5')).toBeCloseTo(5 + 25 + 0.5 + 6.25, 9);
});

it('is exact for a single token', () => {
  expect(pricing.costOf('claude-sonnet-5-5', { ...NO_USAGE, cache_read_tokens: 1 })).toBe(100);
});

it('prices a dated name like the model it dates', () => {
  expect(usd('claude-haiku-4-5-20251001')).toBe(usd('claude-haiku-4-5'));
});

it('charges a long prompt its own price, on every token of the call', () => {
  expect(usd('claude-haiku-5-5', { ...NO_USAGE, input_tokens: 100_000, output_tokens: 1_000 })).toBeCloseTo(0.0105, 9);
  expect(usd('claude-haiku-5-5', { ...NO_USAGE, input_tokens: 100_001, output_tokens: 1_000 })).toBeCloseTo(0.0525005, 9);
});

it('knows its own default', () => {
  expect(pricing.costOf(pricing.defaultModel, usage)).toBeGreaterThan(0);
});

it.each(['gpt-9', 'claude', '__proto__', 'constructor', 'toString'])('has no price for %s, rather than none to pay', (model) => {
  expect(pricing.costOf(model, usage)).toBeUndefined();
});

it('tells of every reply without a price', async () => {
  const unpriced: string[] = [];
  const { cost: _cost, ...reply } = textReply('x');
  const model = new PricedChatModel(new ScriptedModel([reply, reply]), pricing, (name) => unpriced.push(name));
  const signal = new AbortController().signal;
  expect((await model.complete({ system: '', messages: [], tools: [] }, { signal })).cost).toBeUndefined();
  await model.complete({ system: '', messages: [], tools: [] }, { signal });
  expect(unpriced).toEqual(['model-1', 'model-1']);
});

it.each([['no default', 'source: https://x.org\nchecked: 2026-01-01\ndefault: a\nmodels: {}'], ['a price that is a word', 'source: https://x.org\nchecked: 2026-01-01\ndefault: a\nmodels: { a: { input: cheap, output: 1, cache_read: 1, cache_write: 1 } }']])('refuses a list with %s, naming the file', (_what, text) => {
  const path = join(mkdtempSync(join(tmpdir(), 'pricing-')), 'models.yaml');
  writeFileSync(path, text);
  expect(() => Pricing.read(path)).toThrow(path);
});

it.each([[0, '$0.00'], [1.5, '$1.50'], [0.000618, '$0.000618'], [12.3456789, '$12.345679']])('shows %d as %s', (value, shown) => {
  expect(formatUsd(value)).toBe(shown);
});
