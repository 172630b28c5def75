/** The first half of a text, never with half a character at its end. */
export function halfOf(text: string): string {
  return text.slice(0, Math.floor(text.length / 2)).replace(/[\uD800-\uDBFF]$/, '');
}
