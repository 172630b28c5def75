import { arithmeticIntent } from './arithmetic-intent.js';
import { splitClauses } from './clauses.js';
import { readTurn, type ToolExchange, type Turn } from './conversation.js';
import type { Intent, IntentKind } from './intent.js';
import type { MessagesRequest, ReplyDraft } from '../protocol/messages-protocol.js';
import { noteIntent } from './note-intent.js';
import { withoutDirective } from '../script-directive.js';
import { resultText, sentence } from './result-text.js';
import { searchIntent } from './search-intent.js';
import { smallTalk } from './small-talk.js';
import { weatherIntent } from './weather-intent.js';

/** Every kind of wish, in the order in which a clause is compared with them. */
const INTENT_KINDS: readonly IntentKind[] = [noteIntent, searchIntent, weatherIntent, arithmeticIntent];

const KIND_OF_TOOL: ReadonlyMap<string, IntentKind> = new Map(INTENT_KINDS.map((kind) => [kind.tool, kind]));

/** Longest question that is read, in characters; what a person asks is shorter, and patterns stay quick on it. */
const MOST_READ = 4_000;
const MOST_CALLS = 16;

interface Wishes {
  readonly intents: readonly Intent[];
  /** What is missing in the question, or can not be done. */
  readonly remarks: readonly string[];
}

/**
 * The reply that a model would give, found by rules: the same request gives the same reply. It calls the
 * tools that the request offers, several in one reply when the user wants several things, and writes the
 * answer from their results. It claims nothing that it did not do, and says that it is simulated when it can not help.
 */
export function understand(request: MessagesRequest): ReplyDraft {
  const turn = readTurn(request);
  const offered = offeredTools(request);
  const wishes = readWishes(turn, new Set([...offered, ...turn.exchanges.map(({ name }) => name)]));
  const calls = nextCalls(wishes.intents, turn.exchanges, request.tool_choice?.disable_parallel_tool_use === true)
    .filter(({ tool }) => offered.has(tool));
  if (calls.length > 0) {
    return {
      content: [
        ...(turn.exchanges.length === 0 && wishes.remarks.length > 0 ? [{ type: 'text' as const, text: wishes.remarks.join(' ') }] : []),
        ...calls.map(({ tool, input }) => ({ type: 'tool_use' as const, name: tool, input })),
      ],
    };
  }
  return { content: [{ type: 'text', text: answer(turn, wishes, offered) }] };
}

function offeredTools({ tools = [], tool_choice: choice }: MessagesRequest): ReadonlySet<string> {
  if (choice?.type === 'none') return new Set();
  if (choice?.type === 'tool') return new Set([choice.name ?? '']);
  return new Set(tools.map(({ name }) => name));
}

/** A tool that was called for this question counts as usable, even if the next request offers it no more. */
function readWishes({ question, previousAnswer }: Turn, usable: ReadonlySet<string>): Wishes {
  const intents = new Map<string, Intent>();
  const remarks = new Set<string>();
  for (const { kind = arithmeticIntent, text } of splitClauses(tidy(withoutDirective(question)), INTENT_KINDS)) {
    const reading = kind.read(text, { previousAnswer, follows: intents.size > 0 });
    const wanted = reading.intents.length > 0 || reading.remark !== undefined;
    if (wanted && !usable.has(kind.tool)) {
      remarks.add(`I can not ${kind.task}: this request offers me no ${kind.tool} tool.`);
      continue;
    }
    if (reading.remark !== undefined) remarks.add(reading.remark);
    for (const intent of reading.intents) intents.set(`${intent.tool} ${JSON.stringify(intent.input)}`, intent);
  }
  return { intents: [...intents.values()].slice(0, MOST_CALLS), remarks: [...remarks] };
}

function tidy(question: string): string {
  return question.slice(0, MOST_READ).replace(/[’‘]/g, "'").replace(/[ \t\u00a0]+/g, ' ').trim();
}

/**
 * What to call now. Calls that need the results of others wait until those are there and none failed. When the
 * conversation has calls that this question does not explain, nothing is added to them.
 */
function nextCalls(intents: readonly Intent[], done: readonly ToolExchange[], serial: boolean): readonly Pick<Intent, 'tool' | 'input'>[] {
  const independent = intents.filter(({ inputFromResults }) => !inputFromResults);
  const dependent = intents.filter(({ inputFromResults }) => inputFromResults);
  const planned = [...independent, ...dependent];
  if (done.some(({ name }, index) => name !== planned[index]?.tool)) return [];
  if (serial && done.length < independent.length) return planned.slice(done.length, done.length + 1);
  if (done.length === 0 && independent.length > 0) return independent;
  if (done.length < independent.length || done.some(({ failed }) => failed)) return [];
  const results = tellAll(done.slice(0, independent.length), intents);
  return planned
    .slice(done.length, serial ? done.length + 1 : undefined)
    .map(({ tool, input, inputFromResults }) => ({ tool, input: inputFromResults?.(results) ?? input }));
}

function answer(turn: Turn, { intents, remarks }: Wishes, offered: ReadonlySet<string>): string {
  const { exchanges } = turn;
  if (exchanges.length === 0 && remarks.length === 0) return smallTalk(withoutDirective(turn.question), INTENT_KINDS.filter(({ tool }) => offered.has(tool)));
  const left = exchanges.length > 0 ? notDone(intents, exchanges) : [];
  return [tellAll(exchanges, intents), ...left, ...remarks].filter((part) => part !== '').join(' ');
}

function notDone(intents: readonly Intent[], exchanges: readonly ToolExchange[]): string[] {
  const waiting = intents.some(({ inputFromResults }) => inputFromResults) && exchanges.length < intents.length;
  return waiting && exchanges.some(({ failed }) => failed) ? ['I saved no note, because there was no result to save.'] : [];
}

function tellAll(exchanges: readonly ToolExchange[], intents: readonly Intent[]): string {
  return exchanges.map((exchange) => tell(exchange, intents)).join(' ');
}

function tell(exchange: ToolExchange, intents: readonly Intent[]): string {
  const kind = KIND_OF_TOOL.get(exchange.name);
  const input = JSON.stringify(exchange.input);
  const subject = intents.find((intent) => intent.tool === exchange.name && JSON.stringify(intent.input) === input)?.subject;
  if (exchange.failed) {
    const failure = kind?.tellFailure(exchange, subject) ?? `The tool ${exchange.name} failed`;
    return sentence(`${failure}: ${resultText(exchange.result)}`);
  }
  return kind?.tell(exchange, subject) ?? sentence(`The tool ${exchange.name} answered: ${resultText(exchange.result) || 'nothing'}`);
}
