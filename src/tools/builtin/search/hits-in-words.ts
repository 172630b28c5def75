import { upstreamLine } from '../../upstream-json.js';
import type { SearchAnswer, SearchHit } from './search-engine.js';

/** Code points that the model gets of each text: what tells it whether the page is worth naming. */
const TITLE_CHARACTERS = 200;
const SNIPPET_CHARACTERS = 300;
/** A longer link is left out with its hit: cut, it would lead nowhere. */
const URL_CHARACTERS = 2_000;

/** A numbered list of at most `count` hits, each on its own lines whatever the pages wrote. Only http and https links. */
export function hitsInWords({ hits, simulated }: SearchAnswer, count: number): string {
  const entries = hits.filter(({ url }) => url.length <= URL_CHARACTERS && /^https?:\/\/[^\s]+$/i.test(url)).slice(0, count).map(entry);
  if (entries.length === 0) return simulated ? 'Simulated search, not real: No results.' : 'No results.';
  return `${simulated ? 'Simulated search results, not real:\n' : ''}${entries.join('\n')}`;
}

function entry({ title, url, snippet }: SearchHit, index: number): string {
  const link = upstreamLine(url, URL_CHARACTERS);
  const heading = `${index + 1}. ${upstreamLine(title, TITLE_CHARACTERS) || 'Untitled'} — ${link}`;
  const text = upstreamLine(snippet, SNIPPET_CHARACTERS);
  return text === '' ? heading : `${heading}\n   ${text}`;
}
