/**
 * Money is counted in whole nano-dollars (1e-9 USD): a price of $0.10 per million tokens is 100 nano-dollars a token,
 * so sums are exact integers. A JavaScript number holds them exactly up to nine million dollars.
 */
export type NanoUsd = number;

const NANO_PER_USD = 1e9;
const TOKENS_PER_MILLION = 1e6;

export function nanoUsdPerToken(usdPerMillionTokens: number): NanoUsd {
  return Math.round((usdPerMillionTokens * NANO_PER_USD) / TOKENS_PER_MILLION);
}

export function toUsd(nanoUsd: NanoUsd): number {
  return nanoUsd / NANO_PER_USD;
}

/** `$0.001302`: at least two and at most six decimals, so that a small answer does not read as free. */
export function formatUsd(usd: number): string {
  const [whole, decimals = ''] = usd.toFixed(6).split('.');
  return `$${whole}.${decimals.replace(/0+$/, '').padEnd(2, '0')}`;
}
