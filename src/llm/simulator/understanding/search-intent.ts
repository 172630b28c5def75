import { inputText } from './conversation.js';
import type { IntentKind } from './intent.js';
import { resultText, sentence } from './result-text.js';

const TOOL = 'web_search';

const START = new RegExp([
  '(?:do |run |make )?(?:a |an )?(?:quick )?(?:web |internet |google )?search(?:ing)?\\b(?:\\s+(?:on )?(?:the )?(?:web|internet|online|net))?(?:\\s+(?:for|about|on))?',
  'look(?:ing)? up(?! (?:the )?(?:current )?(?:weather|forecast|temperature))',
  'google(?= )(?:\\s+for)?',
  'look(?:ing)? for',
  'find (?:me |out )?(?:some |more )?(?:information|info|articles?|news|results|details|facts)?\\s*(?:about|on)',
  'research(?= )',
  "(?:what(?:'s| is| are) )?the (?:latest|recent) (?:news|developments) (?:about|on|in)",
].map((alternative) => `(?:${alternative})`).join('|'), 'iy');

const AFTERTHOUGHT = /\s*,?\s*\b(?:on (?:the )?(?:web|internet|google)|online|for me|please|thanks|thank you)$/i;

/** "Search for …", "look up …": the rest of the sentence is the query. */
export const searchIntent: IntentKind = {
  tool: TOOL,
  ability: 'search the web ("Search for the history of TCP")',
  task: 'search the web',
  freeText: 'sentence',
  startsAt: (text, position) => {
    START.lastIndex = position;
    const found = START.exec(text);
    return found && found[0] !== '' ? position + found[0].length : undefined;
  },
  read: (clause) => {
    START.lastIndex = 0;
    const query = queryIn(clause.slice(START.exec(clause)?.[0].length ?? 0));
    if (query === '') return { intents: [], remark: 'What shall I search for? For example: "Search for the history of TCP".' };
    return { intents: [{ tool: TOOL, input: { query }, subject: query }] };
  },
  tell: (exchange) => sentence(`Searching for "${inputText(exchange, 'query', '')}" found: ${resultText(exchange.result)}`),
  tellFailure: (exchange) => `I could not search for "${inputText(exchange, 'query', '')}"`,
};

function queryIn(rest: string): string {
  const [said = ''] = rest.split(/[.!?;](?:\s|$)|\n/, 1);
  let query = said.trim();
  while (AFTERTHOUGHT.test(query)) query = query.replace(AFTERTHOUGHT, '');
  return query.replace(/^["'“”\s:]+|["'“”\s?!.,:;]+$/g, '');
}
