import type { Question } from '../../agent/agent.service.js';
import { repairHistory } from '../../agent/history/repair.js';
import { textOf, type Message } from '../../kernel/transcript.js';
import type { ClientMessage } from './completion.schema.js';

/** What stands in for the assistant where the instructions are all that was said before the question. */
const UNDERSTOOD = 'Understood.';

/** One thing that the user's side wrote, and how it was answered: without any blanks, because clients join an answer's parts in their own ways. */
interface Exchange {
  readonly text: string;
  answer?: string;
}

/**
 * Where the last message goes on from: what the server remembers of the conversation as long as that agrees with what the client
 * shows; otherwise what the client shows counts, and is the beginning of a new conversation.
 */
export function continuationOf(
  messages: readonly ClientMessage[], conversationId: string | undefined, stored: readonly Message[] | undefined,
): Pick<Question, 'conversationId' | 'mayBeginConversation' | 'history'> {
  const isEmpty = !stored || stored.length === 0; // a first run that failed leaves an empty conversation
  if (conversationId !== undefined && !isEmpty && agrees(stored, messages)) return { conversationId };
  const history = clientHistory(messages);
  return {
    ...(conversationId !== undefined && isEmpty && { conversationId, mayBeginConversation: true }),
    ...(history.length > 0 && { history }),
  };
}

/**
 * What the client shows of the conversation before its last message, as a valid history: texts of user and assistant in turns.
 * Instructions of the client (system, developer) come first, marked as such. Tool calls and their results are left out.
 */
export function clientHistory(messages: readonly ClientMessage[]): readonly Message[] {
  const turns = messages.slice(0, -1).flatMap(toTurn);
  const instructions = instructionsIn(messages);
  return repairHistory(instructions === undefined ? turns : behind(instructions, turns)).history;
}

/**
 * True when the stored conversation is the one that the client shows: the same instructions and texts of the user in the same
 * order, and, where the client shows an answer, one that ends in what was stored as the answer.
 */
export function agrees(stored: readonly Message[], messages: readonly ClientMessage[]): boolean {
  const [kept, shown] = [keptExchanges(stored), shownExchanges(messages)];
  return kept.length === shown.length && shown.every(({ text, answer }, index) => {
    const own = kept[index];
    return own?.text === text && (answer === undefined || own.answer === undefined || answer.endsWith(own.answer));
  });
}

function toTurn({ role, text }: ClientMessage): Message[] {
  if (text.trim() === '' || (role !== 'user' && role !== 'assistant')) return [];
  return [{ role, content: [{ type: 'text', text }] }];
}

/** Undefined when there are none. Wherever they stand, they are for the whole conversation. */
function instructionsIn(messages: readonly ClientMessage[]): string | undefined {
  const texts = messages.filter(({ role, text }) => (role === 'system' || role === 'developer') && text.trim() !== '').map(({ text }) => text);
  return texts.length === 0 ? undefined : `<client_instructions>\n${texts.join('\n\n')}\n</client_instructions>`;
}

/** In front of the first turn of the user; a turn of its own where there is none. */
function behind(instructions: string, turns: readonly Message[]): readonly Message[] {
  const opening: Message = { role: 'user', content: [{ type: 'text', text: instructions }] };
  return turns.length > 0 ? [opening, ...turns] : [opening, { role: 'assistant', content: [{ type: 'text', text: UNDERSTOOD }] }];
}

function keptExchanges(history: readonly Message[]): readonly Exchange[] {
  const exchanges: Exchange[] = [];
  for (const turn of history) {
    if (turn.role === 'assistant') {
      const last = exchanges.at(-1);
      if (last) last.answer = withoutBlanks(textOf(turn.content)); // the last words count: clients need not show what came before tool calls
    } else {
      exchanges.push(...textsOf(turn).map((text): Exchange => ({ text: text.trim() })));
    }
  }
  return exchanges;
}

function textsOf({ content }: Extract<Message, { role: 'user' }>): readonly string[] {
  return typeof content === 'string' ? [content] : content.flatMap((block) => (block.type === 'text' ? [block.text] : []));
}

function shownExchanges(messages: readonly ClientMessage[]): readonly Exchange[] {
  const instructions = instructionsIn(messages);
  const exchanges: Exchange[] = instructions === undefined ? [] : [{ text: instructions }];
  for (const { role, text } of messages.slice(0, -1)) {
    if (text.trim() === '') continue;
    const last = exchanges.at(-1);
    if (role === 'user') exchanges.push({ text: text.trim() });
    if (role === 'assistant' && last) last.answer = (last.answer ?? '') + withoutBlanks(text);
  }
  return exchanges;
}

function withoutBlanks(text: string): string {
  return text.replace(/\s+/g, '');
}
