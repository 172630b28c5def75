import { inputText, type ToolExchange } from './conversation.js';
import type { Intent, IntentKind, Reading, Surroundings } from './intent.js';
import { slugOf, unquoted } from './note-words.js';

const TOOL = 'save_note';
const VERB = '(?:save|write|make|create|take|add|store|leave|record|start|put|keep|jot)';
const REFERENCE = "(?:it|that|this|them|(?:the|that|this|its|your|all) (?:results?|answers?|sum|total|product|weather|forecast|temperature|findings?|output|number|value|search results?))";

const START = new RegExp([
  `${VERB}\\b(?:(?!\\b${VERB}\\b)[^.!?\\n:]){0,80}?\\bnotes?\\b(?! (?:card|book))`,
  `${VERB}(?: down)? ${REFERENCE}\\b(?! (?:easy|easier|sure))`,
  'notes?(?: (?:that|down|this|to self|called|named|titled)\\b|:)',
  'remember(?! when\\b)(?= |:)(?: that\\b| this\\b| to\\b)?',
  '(?:write|jot|take|put) (?:this |that |it )?down\\b',
  'save\\b(?! (?:me|us|time|money|energy)\\b)(?= )',
].map((alternative) => `(?:${alternative})`).join('|'), 'iy');

const SEPARATOR = "\\s*(?::|,|-{1,2}|–|—|\\bthat says\\b|\\bwhich says\\b|\\bsaying\\b|\\bcontaining\\b|\\band(?: the)? (?:content|text)\\b|\\bwith(?: the)?(?: (?:content|text|contents|words))?\\b|\\bsays?\\b|\\breading\\b|\\babout\\b)\\s*:?\\s*";
const NAME = '("[^"]+"|\'[^\']+\'|[^\\s:,"]+(?:\\s+(?!that says|which says|saying|containing|and(?: the)? (?:content|text)|with\\b|about\\b|says\\b)[^\\s:,"-]+){0,3}?)';

interface Form {
  readonly pattern: RegExp;
  /** Which groups of the pattern hold the name and the text. */
  readonly name?: number;
  readonly content?: number;
}

/** The ways to ask for a note, tried in this order. */
const FORMS: readonly Form[] = [
  // Save a note called groceries: milk and eggs
  { pattern: form(`${VERB}\\b.{0,40}?\\bnotes? (?:called|named|titled|with the (?:name|title)|in|as|to) ${NAME}${SEPARATOR}(.+)`), name: 1, content: 2 },
  { pattern: form(`notes? (?:called|named|titled) ${NAME}${SEPARATOR}(.+)`), name: 1, content: 2 },
  // Save a note with the content milk called groceries
  { pattern: form(`${VERB}\\b.{0,40}?\\bnotes? with (?:the )?(?:content|text|words) (.+?),? (?:and )?(?:called|named|titled|with the (?:name|title)) ${NAME}`), content: 1, name: 2 },
  // Save the total in a note called sums
  { pattern: form(`(?:${VERB}|remember)(?: down)?\\s+(.+?)\\s+(?:as|to|in|into|on|under)\\s+(?:a |the |my |another |new )*(?:note|notes|file)\\s*(?:called|named|titled|with the (?:name|title))\\s+${NAME}`), content: 1, name: 2 },
  // Save buy milk as list.txt
  { pattern: form(`${VERB}(?: down)?\\s+(.+?)\\s+(?:as|to|in|into|under)\\s+(?:a |the |my )?(?:note |file )?("?[^\\s"]+\\.(?:txt|md)"?)`), content: 1, name: 2 },
  // Save "buy milk" as a note
  { pattern: form(`${VERB}(?: down)?\\s+(.+?)\\s+(?:as|to|in|into)\\s+(?:a |the |my |new |another )*(?:note|notes)`), content: 1 },
  { pattern: form(`${VERB}(?: down)?\\s+(${REFERENCE})(?: down)?`), content: 1 },
  // Save a note that the door is green
  { pattern: form(`${VERB}\\b(?:(?!\\bnotes?\\b).){0,40}?\\bnotes?\\b(?: for me| to self| down)?${SEPARATOR}(.+)`), content: 1 },
  { pattern: form(`${VERB}\\b(?:(?!\\bnotes?\\b).){0,40}?\\bnotes?\\b(?: for me| to self| down)?\\s*(?:that|to|of|on|for)?\\s+(.+)`), content: 1 },
  { pattern: form('notes?(?: to self| down)?(?: that| this)?\\s*:?,?\\s*(.+)'), content: 1 },
  { pattern: form('remember(?: that| this| to)?\\s*:?\\s*(.+)'), content: 1 },
  { pattern: form('(?:write|jot|take|put) (?:this |that |it )?down(?: that)?\\s*:?\\s*(.+)'), content: 1 },
  { pattern: form('save\\s+(?!(?:a|the|this|that|my|another|new)(?: new)? notes?\\W*$)(.+)'), content: 1 },
];

const ONLY_A_REFERENCE = new RegExp(`^${REFERENCE}$`, 'i');
const MISSING = 'What shall the note say? For example: "Save a note called groceries: milk and eggs".';

/** "Save a note …", "note that …", "remember that …": a name, when one is given, and the text. */
export const noteIntent: IntentKind = {
  tool: TOOL,
  ability: 'save a note ("Save a note called groceries: milk and eggs")',
  task: 'save a note',
  freeText: 'rest',
  startsAt: (text, position) => {
    START.lastIndex = position;
    const found = START.exec(text);
    return found ? position + found[0].length : undefined;
  },
  read: (clause, surroundings) => {
    for (const { pattern, name, content } of FORMS) {
      const found = pattern.exec(clause);
      const text = unquoted((found?.[content ?? 0] ?? '').replace(/^the (?:text|words|following)\b\s*:?/i, ''));
      if (found && text !== '') return readNote(text, name === undefined ? '' : unquoted(found[name] ?? ''), surroundings);
    }
    return { intents: [], remark: MISSING };
  },
  tell: (exchange) => `I saved the note "${fileOf(exchange)}".`,
  tellFailure: (exchange) => `I could not save the note "${fileOf(exchange)}"`,
};

function readNote(text: string, name: string, { follows, previousAnswer }: Surroundings): Reading {
  if (!ONLY_A_REFERENCE.test(text)) return { intents: [toIntent(text, name)] };
  if (follows) {
    const inputFromResults = (results: string): Intent['input'] => toIntent(results, name).input;
    return { intents: [{ ...toIntent(text, name), inputFromResults }] };
  }
  if (previousAnswer.trim() === '') return { intents: [], remark: MISSING };
  return { intents: [toIntent(previousAnswer.trim(), name)] };
}

function toIntent(content: string, name: string): Intent {
  const filename = /\s/.test(name) ? slugOf(name) : name || slugOf(content);
  return { tool: TOOL, input: { filename, content }, subject: filename };
}

function fileOf(exchange: ToolExchange): string {
  return inputText(exchange, 'filename', 'note');
}

function form(source: string): RegExp {
  return new RegExp(`^${source}$`, 'is');
}
