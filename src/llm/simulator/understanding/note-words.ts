/** Most words of a note that make up its name when none is given. */
const MOST_WORDS = 4;
const SMALL_WORDS = new Set(['a', 'an', 'the', 'to', 'of', 'and', 'is', 'are', 'my', 'that', 'in', 'on', 'at', 'for']);

/** The text without the quotes around it; an unquoted one also without a last stop and words of thanks. */
export function unquoted(text: string): string {
  const trimmed = text.trim();
  const quoted = /^(["'“‘])([^]*)(["'”’])[.!?]?$/.exec(trimmed)?.[2];
  if (quoted !== undefined) return quoted.trim();
  const plain = trimmed.replace(/[\s,.]*\b(?:please|thanks|thank you)[.!]*$/i, '');
  return /^[^.!?]*\.$/.test(plain) ? plain.slice(0, -1) : plain;
}

/** A file name from the first words that matter: "Buy milk and the eggs" is `buy-milk-eggs`. Never empty. */
export function slugOf(text: string): string {
  const words = text.normalize('NFKD').replace(/\p{M}/gu, '').replace(/'/g, '').toLowerCase().match(/[a-z0-9]+/g) ?? [];
  const telling = words.filter((word) => !SMALL_WORDS.has(word));
  const chosen = telling.length > 0 ? telling : words;
  return chosen.slice(0, MOST_WORDS).join('-').slice(0, 60) || 'note';
}
