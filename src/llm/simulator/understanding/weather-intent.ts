import { inputText } from './conversation.js';
import type { Intent, IntentKind } from './intent.js';
import { resultText, sentence } from './result-text.js';

const TOOL = 'get_weather';
const WORDS = '(?:weather|forecast|temperature|humidity|raining|rain|snowing|snow|sunny|windy|cloudy|umbrella|(?:hot|cold|warm|humid) is it|is it (?:hot|cold|warm|humid))';

/** A clause about the weather: one of the words, with nothing before it that belongs to another wish. */
const START = new RegExp(`(?:(?!\\b(?:and|then|also|search|google|save|note|write|remember)\\b|\\blook up (?!the (?:current )?(?:weather|forecast)))[^.!?;,:\\n"]){0,60}?\\b${WORDS}\\b`, 'iy');

/** Tried in this order; the first gives the places. */
const PLACES = [
  new RegExp(`\\b${WORDS}\\b[^.!?;\\n]*?\\s(?:in|for|at|near|around)\\s+(.+)`, 'is'),
  /\b(?:in|for|at)\s+(.+?)(?:'s)?\s+(?:weather|forecast|temperature)\b/is,
  /^(.+?)(?:'s)?\s+(?:weather|forecast|temperature)\b/is,
  /^(?:the |current )*(?:weather|forecast)\s*[:,]?\s+(.+)/is,
];

/** What people say after a place, and what is said before it but is no part of its name. */
const TIMES = /\s*,?\s*\b(?:right now|now|today|tonight|tomorrow|currently|at the moment|at present|this (?:morning|afternoon|evening|week|weekend)|next week|on (?:mon|tues|wednes|thurs|fri|satur|sun)day|please|thanks|thank you|for me|in (?:celsius|fahrenheit)|like)\b/gi;
const LEADING = /^\s*(?:(?:what(?:'s| is)?|how(?:'s| is)?|show me|tell me|get|check|give me|look up|look at|do you know|please|the city of|the|current|in|for|both|at)\s+)+/i;
const NO_PLACE = /^(?:the|a|an|it|now|me|my|local|this|nice|bad|good|will|is|here|there|(?:is|was|be|report|forecast|conditions?|app)\b.*|my (?:area|city|place|town))$|\b(?:I|you|we)\b|^(?:\S+\s+){5}/i;
const LISTED_WITH_AND = /\b(?:Trinidad and Tobago|Bosnia and Herzegovina|Antigua and Barbuda|Brighton and Hove|Tyne and Wear)\b/gi;

/** "What's the weather in New York and Tokyo?": one call for each place. */
export const weatherIntent: IntentKind = {
  tool: TOOL,
  ability: 'look up the weather ("What\'s the weather in Paris?")',
  task: 'look up the weather',
  freeText: 'none',
  startsAt: (text, position) => {
    START.lastIndex = position;
    const found = START.exec(text);
    return found ? position + found[0].length : undefined;
  },
  read: (clause) => {
    const places = placesIn(clause);
    if (places.length > 0) return { intents: places.map(toIntent) };
    return { intents: [], remark: 'Which place do you want the weather for? For example: "What\'s the weather in Paris?"' };
  },
  tell: (exchange) => {
    const place = inputText(exchange, 'location', 'that place');
    const text = resultText(exchange.result);
    const named = text.toLowerCase().includes((place.split(',', 1)[0] ?? '').trim().toLowerCase());
    return named ? sentence(text) : sentence(`The weather in ${place}: ${text}`);
  },
  tellFailure: (exchange) => `I could not look up the weather in ${inputText(exchange, 'location', 'that place')}`,
};

function toIntent(location: string): Intent {
  return { tool: TOOL, input: { location }, subject: location };
}

function placesIn(clause: string): string[] {
  const said = clause.replace(TIMES, '');
  for (const pattern of PLACES) {
    const list = pattern.exec(said)?.[1];
    const places = list === undefined ? [] : splitPlaces(list.split(/[.!?;\n](?:\s|$)/, 1)[0] ?? '');
    if (places.length > 0) return places;
  }
  return [];
}

/** "A and B" and "A, B and C" are lists; "Paris, France" alone is one place, and so is each of "Paris, France and Rome, Italy". */
function splitPlaces(list: string): string[] {
  const guarded = list.replace(LISTED_WITH_AND, (name) => name.replace(/ and /i, ' & '));
  const parts = guarded.split(/\s*,?\s+(?:and(?: also)?|or|as well as|versus|vs\.?)\s+|\s*;\s*/i);
  const commas = parts.map((part) => part.split(',').length - 1);
  const isList = parts.length > 1 && (commas.at(-1) === 0 || commas.some((count) => count > 1));
  const places = isList ? parts.flatMap((part) => part.split(',')) : parts;
  return [...new Set(places.map(cleanPlace))].filter((place) => /\p{L}/u.test(place) && !NO_PLACE.test(place) && place.length <= 80);
}

function cleanPlace(place: string): string {
  return place
    .replace(/ & /, ' and ')
    .replace(LEADING, '')
    .replace(/\s+(?:is|be)\W*$/i, '')
    .replace(/^["'“”\s]+|["'“”\s?!.,:]+$/g, '');
}
