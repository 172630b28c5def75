import { expressionAt, type FoundExpression } from './arithmetic-parser.js';
import { inputText } from './conversation.js';
import type { Intent, IntentKind } from './intent.js';
import { resultText, sentence } from './result-text.js';

const TOOL = 'calculator';

/** How a calculation is asked for; what follows must be one. */
const ASKED = /(?:what(?:'s| is| are| does| would)?|how much (?:is|are)|calculate|compute|evaluate|solve|work out|figure out|find|give me|tell me|do the math)(?: (?:the )?(?:result|value|answer)(?: of| to)?)?(?: is)?\s*:?\s*(?:the (?=\d|\())?/iy;

/** Where arithmetic can begin: never inside a word, a number, a date or a version. */
const BEGINNING = /(?<![\p{L}\p{N}_.:/-])[\p{L}\p{N}(√$€£.+−-]/gu;

/** "What is 15 multiplied by 23?": every calculation of a clause. */
export const arithmeticIntent: IntentKind = {
  tool: TOOL,
  ability: 'work out arithmetic ("What is 15 multiplied by 23?")',
  task: 'calculate',
  freeText: 'none',
  startsAt: (text, position) => {
    ASKED.lastIndex = position;
    const asked = ASKED.exec(text)?.[0] ?? '';
    const found = expressionAt(text, position + asked.length);
    return found && (asked !== '' || found.certain || isWhole(text, found)) ? found.end : undefined;
  },
  read: (clause) => ({ intents: expressionsIn(clause).map((found) => toIntent(clause, found)) }),
  tell: (exchange, subject) => sentence(`${subject ?? inputText(exchange, 'expression', 'It')} equals ${valueIn(exchange.result)}`),
  tellFailure: (exchange, subject) => `I could not calculate ${subject ?? inputText(exchange, 'expression', 'that')}`,
};

function expressionsIn(clause: string): FoundExpression[] {
  ASKED.lastIndex = 0;
  const isAsked = ASKED.test(clause);
  const found: FoundExpression[] = [];
  let end = 0;
  for (const { index } of clause.matchAll(BEGINNING)) {
    const candidate = index >= end ? expressionAt(clause, index) : undefined;
    if (!candidate || !(isAsked || candidate.certain || isWhole(clause, candidate))) continue;
    found.push(candidate);
    end = candidate.end;
  }
  return found;
}

function isWhole(text: string, { start, end }: FoundExpression): boolean {
  return text.slice(0, start).trim() === '' && /^\s*=?\s*[?.!]*\s*$/.test(text.slice(end));
}

/** An order ("add 2 and 3") does not read well before "equals", so its answer shows the expression. */
function toIntent(clause: string, { start, end, expression }: FoundExpression): Intent {
  const wording = clause.slice(start, end).trim();
  const isOrder = /^(?:add|subtract|multiply|divide)\b/i.test(wording);
  return { tool: TOOL, input: { expression }, subject: isOrder ? expression : wording };
}

/** The number in what a calculator says: "345", "15 * 23 = 345" and "Result: 345" are all 345. */
function valueIn(result: string): string {
  const text = resultText(result).replace(/\.$/, '');
  return /(?:^|[=:]\s*)(-?[\d,]*\.?\d+(?:e[+-]?\d+)?)$/i.exec(text)?.[1] ?? text;
}
