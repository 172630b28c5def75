import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import * as z from 'zod';
import { nanoUsdPerToken, type NanoUsd } from '../kernel/money.js';
import type { Usage } from '../kernel/transcript.js';

const usdPerMillionTokens = z.number().nonnegative();
const Rates = z.object({ input: usdPerMillionTokens, output: usdPerMillionTokens, cache_write: usdPerMillionTokens, cache_read: usdPerMillionTokens });
const Price = Rates.extend({ long_prompt: Rates.extend({ above: z.number().int().positive() }).optional() }).strict();
const PriceList = z.object({
  source: z.url(),
  checked: z.iso.date(),
  default: z.string(),
  models: z.record(z.string(), Price),
}).strict().refine((list) => list.default in list.models, { message: 'the default model has no price' });

type RatesOf = z.infer<typeof Rates>;

/** What models cost, from config/models.yaml. */
export class Pricing {
  /** A map, not the parsed object: a model may be called `constructor`. */
  private readonly prices: ReadonlyMap<string, z.infer<typeof Price>>;

  private constructor(private readonly list: z.infer<typeof PriceList>) {
    this.prices = new Map(Object.entries(list.models));
  }

  /** @throws Error that names the file and what is wrong with it. */
  static read(path: string): Pricing {
    const parsed = PriceList.safeParse(parse(readFileSync(path, 'utf8')));
    if (!parsed.success) throw new Error(`${path} is not a price list:\n${z.prettifyError(parsed.error)}`);
    return new Pricing(parsed.data);
  }

  get defaultModel(): string {
    return this.list.default;
  }

  /** The price of one call, or undefined when nobody told us what the model costs: that must never read as free. */
  costOf(model: string, usage: Usage): NanoUsd | undefined {
    const price = this.prices.get(model) ?? this.prices.get(model.replace(/-\d{8}$/, ''));
    if (!price) return undefined;
    const prompt = usage.input_tokens + usage.cache_read_tokens + usage.cache_write_tokens;
    const rates: RatesOf = price.long_prompt && prompt > price.long_prompt.above ? price.long_prompt : price;
    return nanoUsdPerToken(rates.input) * usage.input_tokens
      + nanoUsdPerToken(rates.output) * usage.output_tokens
      + nanoUsdPerToken(rates.cache_read) * usage.cache_read_tokens
      + nanoUsdPerToken(rates.cache_write) * usage.cache_write_tokens;
  }
}
