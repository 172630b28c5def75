import { terminalText } from '../../../kernel/terminal-text.js';
import type { SearchHit } from './search-engine.js';

/** Code points that are kept: enough to judge a page by, and ten hits leave room for the conversation. */
const TITLE_CHARACTERS = 150;
const SNIPPET_CHARACTERS = 300;
/** A longer address is left out with its hit: cut off, it would lead elsewhere. */
const URL_CHARACTERS = 1_000;

/** A numbered list of at most `count` hits. Each has its own lines whatever the engine sent; other links than http and https are left out. */
export function hitList(hits: readonly SearchHit[], count: number): string {
  const entries = hits.flatMap(entryOf).slice(0, count);
  return entries.length === 0 ? 'No results.' : entries.map((entry, index) => `${index + 1}. ${entry}`).join('\n');
}

function entryOf({ title, url, snippet }: SearchHit): readonly string[] {
  const address = URL.parse(url);
  if (!address || !/^https?:$/.test(address.protocol) || address.href.length > URL_CHARACTERS) return [];
  const [heading, text] = [oneLine(title, TITLE_CHARACTERS), oneLine(snippet, SNIPPET_CHARACTERS)];
  return [`${heading === '' ? '(no title)' : heading} — ${address.href}${text === '' ? '' : `\n   ${text}`}`];
}

/** One line without control characters, at most `characters` code points; an ellipsis says that it was cut. */
function oneLine(text: string, characters: number): string {
  const points = Array.from(terminalText(text.toWellFormed().replace(/\s+/g, ' ')).trim());
  return points.length <= characters ? points.join('') : `${points.slice(0, characters - 1).join('')}…`;
}
