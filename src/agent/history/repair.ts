import { cleanValue } from '../../kernel/text.js';
import { toolCallsOf, type AssistantBlock, type Message, type ToolResultBlock, type ToolUseBlock } from '../../kernel/transcript.js';
import { blocksOf, isReadable, joined, type UserBlock } from './blocks.js';
import { isValidHistory } from './valid.js';

/** What stands in for a result that was lost. */
const UNKNOWN_OUTCOME = 'The outcome of this call is not known. Verify it before you repeat the call.';
/** What stands in for an answer that was lost. */
const NO_ANSWER = '(This was not answered.)';

export interface Repaired {
  /** A history behind which a new question makes a valid request. The very one that was given when nothing had to be done. */
  readonly history: readonly Message[];
  /** Turns that had to be changed, added or left out. */
  readonly repairs: number;
}

/**
 * Makes any stored history valid: it begins with a question and ends with an answer, roles alternate, every tool call has exactly one
 * result in the next turn, and no text is blank or malformed. A history that we wrote needs nothing; one from an older version,
 * another writer or a crash must not make its conversation unusable.
 */
export function repairHistory(history: readonly Message[]): Repaired {
  if (isValidHistory(history)) return { history, repairs: 0 };
  const mended = mend(alternating(history));
  return { history: mended, repairs: differences(history, mended) };
}

function mend(turns: readonly Message[]): readonly Message[] {
  const mended: Message[] = [];
  const known = new Set<string>();
  let awaited: readonly ToolUseBlock[] = [];
  for (const turn of turns) {
    if (turn.role === 'assistant') {
      const content = uniqueCalls(turn.content, known);
      awaited = toolCallsOf(content);
      mended.push({ role: 'assistant', content: content.length > 0 ? content : [{ type: 'text', text: NO_ANSWER }] });
    } else {
      mended.push({ role: 'user', content: answered(turn.content, awaited) });
      awaited = [];
    }
  }
  if (awaited.length > 0) mended.push({ role: 'user', content: answered([], awaited) });
  if (mended.at(-1)?.role === 'user') mended.push({ role: 'assistant', content: [{ type: 'text', text: NO_ANSWER }] });
  return mended;
}

/** Clean turns whose roles alternate from a first question; turns of one role in a row become one, turns of nothing are left out. */
function alternating(history: readonly Message[]): readonly Message[] {
  const turns: Message[] = [];
  for (const message of history) {
    if (message.role !== 'user' && (message.role as string) !== 'assistant') continue; // nobody's turn
    const turn = cleaned(message);
    const last = turns.at(-1);
    if (turn.content.length === 0 && turn.role === 'user' && !callsTools(last)) continue; // behind calls it stands for their results
    if (!last && !isQuestion(turn)) continue;
    if (last?.role === turn.role) turns[turns.length - 1] = joined(last, turn);
    else turns.push(turn);
  }
  return turns;
}

function isQuestion(turn: Message): boolean {
  return turn.role === 'user' && blocksOf(turn).some(({ type }) => type === 'text');
}

function callsTools(turn: Message | undefined): boolean {
  return turn?.role === 'assistant' && toolCallsOf(turn.content).length > 0;
}

/** A turn without what can not be read. A bare text stays one. */
function cleaned(message: Message): Message {
  const turn = cleanValue(message) as Message;
  if (turn.role === 'user' && typeof turn.content === 'string' && turn.content.trim() !== '') return { role: 'user', content: turn.content };
  return { role: turn.role, content: blocksOf(turn).filter((block) => isReadable(block, turn.role)) } as Message;
}

/** Leaves out a call whose id was used before: no result could be told from the other's. */
function uniqueCalls(content: readonly AssistantBlock[], known: Set<string>): readonly AssistantBlock[] {
  return content.filter((block) => {
    if (block.type !== 'tool_use') return true;
    const isNew = !known.has(block.id);
    known.add(block.id);
    return isNew;
  });
}

/** The results of exactly these calls, in their order, and then what the person wrote. */
function answered(content: Extract<Message, { role: 'user' }>['content'], calls: readonly ToolUseBlock[]): Extract<Message, { role: 'user' }>['content'] {
  if (calls.length === 0 && typeof content === 'string') return content;
  const blocks = blocksOf({ role: 'user', content }) as readonly UserBlock[];
  const results = calls.map(({ id }): ToolResultBlock => {
    const found = blocks.find((block): block is ToolResultBlock => block.type === 'tool_result' && block.tool_use_id === id);
    return found ?? { type: 'tool_result', tool_use_id: id, content: UNKNOWN_OUTCOME, is_error: true };
  });
  const texts = blocks.filter(({ type }) => type === 'text');
  return results.length + texts.length > 0 ? [...results, ...texts] : NO_ANSWER;
}

function differences(before: readonly Message[], after: readonly Message[]): number {
  const longer = before.length > after.length ? before : after;
  return longer.filter((_turn, index) => JSON.stringify(before[index]) !== JSON.stringify(after[index])).length;
}
