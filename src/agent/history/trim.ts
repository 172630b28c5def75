import { cut } from '../../kernel/text.js';
import { toolCallsOf, type Message, type ToolResultBlock } from '../../kernel/transcript.js';
import type { UserBlock } from './blocks.js';

/** Code points that an older tool result keeps: enough to know what it was about. */
const OLD_RESULT_CHARACTERS = 1_000;
/** Room for the words that say what was cut off: a result that was cut is not cut again, and none gets longer. */
const CUT_RESULT_CHARACTERS = OLD_RESULT_CHARACTERS + 32;

/**
 * A conversation that is shorter by a fixed rule, and valid if the given one is: the first question with its answer stays, of the
 * others the older half goes, question with answer and tool calls with results; and older tool results are cut. The last exchange
 * is the one that is under way. Undefined when there is nothing left to leave out.
 */
export function trimHistory(messages: readonly Message[]): readonly Message[] | undefined {
  const exchanges = exchangesOf(messages);
  const [first, ...rest] = exchanges;
  const current = rest.pop();
  if (!first || !current) return shortened(messages, messages.length - 1);
  const kept = [...withoutSteps(first), ...rest.slice(Math.ceil(rest.length / 2)).flat()];
  const trimmed = [...kept, ...current];
  const shorter = shortened(trimmed, kept.length) ?? (trimmed.length < messages.length ? trimmed : undefined);
  return shorter ?? shortened(messages, messages.length - 1); // what is under way has outgrown the model by itself
}

/** Each begins with what a person wrote; turns that only bring tool results belong to the exchange before them. */
function exchangesOf(messages: readonly Message[]): Message[][] {
  const exchanges: Message[][] = [];
  for (const message of messages) {
    if (isQuestion(message) || exchanges.length === 0) exchanges.push([message]);
    else exchanges.at(-1)?.push(message);
  }
  return exchanges;
}

function isQuestion({ role, content }: Message): boolean {
  return role === 'user' && (typeof content === 'string' || !content.some(({ type }) => type === 'tool_result'));
}

/** Question and final answer, without the tool calls between them. */
function withoutSteps(exchange: readonly Message[]): readonly Message[] {
  const [question, answer] = [exchange[0], exchange.at(-1)];
  const isWhole = question && answer?.role === 'assistant' && toolCallsOf(answer.content).length === 0;
  return isWhole ? [question, answer] : exchange;
}

/** The same messages with the tool results before `end` cut; undefined when none was long. */
function shortened(messages: readonly Message[], end: number): readonly Message[] | undefined {
  const result = messages.map((message, index) => (index < end ? withShortResults(message) : message));
  return result.some((message, index) => message !== messages[index]) ? result : undefined;
}

function withShortResults(message: Message): Message {
  if (message.role !== 'user' || typeof message.content === 'string' || !message.content.some(isLongResult)) return message;
  return { role: 'user', content: message.content.map((block) => (isLongResult(block) ? { ...block, content: cut(block.content, OLD_RESULT_CHARACTERS) } : block)) };
}

function isLongResult(block: UserBlock): block is ToolResultBlock {
  return block.type === 'tool_result' && block.content.length > CUT_RESULT_CHARACTERS && Array.from(block.content).length > CUT_RESULT_CHARACTERS;
}
