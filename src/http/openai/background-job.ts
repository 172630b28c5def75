import type { BackgroundJobKind } from '../../kernel/facts.js';
import { cut } from '../../kernel/text.js';
import { titleFrom } from './title.js';
import type { ClientMessage } from './completion.schema.js';

/** Characters of an image's description that are repeated. */
const LONGEST_PROMPT = 500;
const SMILE = '\u{1F642}';

export interface BackgroundAnswer {
  readonly kind: BackgroundJobKind;
  /** What the chat program reads, in the form that it asked for. */
  readonly answer: string;
}

/**
 * What to answer to a chat program that wants something for itself: a title, tags, follow-up questions and the like. Undefined for
 * what a person asks. Only prompts that begin with the very words of a known program are recognised, and only where nothing else
 * was said in them: an answer without the agent is worse than a run too many.
 */
export function backgroundAnswer(messages: readonly ClientMessage[]): BackgroundAnswer | undefined {
  const last = messages.at(-1);
  if (!last || (last.role !== 'user' && last.role !== 'system')) return undefined;
  return ofOpenWebUiTask(last.text.trim()) ?? ofFixedWords(last.text.trim(), messages) ?? ofToolChoice(messages);
}

/** Everything of Open WebUI that has the conversation in it: its task, the form of the answer, and the conversation at the end. */
function ofOpenWebUiTask(text: string): BackgroundAnswer | undefined {
  const [from, to] = [text.indexOf('<chat_history>'), text.lastIndexOf('</chat_history>')];
  if (!text.startsWith('### Task:') || from < 0 || to < from) return undefined;
  const [task, chat, rest] = [text.slice(0, from), text.slice(from, to), text.slice(to + '</chat_history>'.length)];
  if (rest.trim() !== '' && !/^\s*<type>/.test(rest)) return undefined; // somebody went on writing
  const form = /\{\s*"(title|tags|follow_ups|queries|text|prompt)"\s*:/.exec(task)?.[1];
  const questions = [...chat.matchAll(/^USER: (.*(?:\n(?!(?:ASSISTANT|USER): ).*)*)/gm)].map(([, question = '']) => question);
  switch (form) {
    case 'title': return { kind: 'title', answer: JSON.stringify({ title: titleFrom(questions[0]) }) };
    case 'tags': return { kind: 'tags', answer: '{"tags":["General"]}' };
    case 'follow_ups': return { kind: 'follow_ups', answer: '{"follow_ups":[]}' };
    case 'queries': return { kind: 'queries', answer: '{"queries":[]}' };
    case 'text': return { kind: 'autocomplete', answer: '{"text":""}' };
    case 'prompt': return { kind: 'image_prompt', answer: JSON.stringify({ prompt: cut(questions.at(-1) ?? '', LONGEST_PROMPT) }) };
    default: return /\bword title\b/.test(task) ? { kind: 'title', answer: titleFrom(questions[0]) } : undefined;
  }
}

interface FixedWords {
  readonly kind: BackgroundJobKind;
  readonly begins: RegExp;
  /** What must follow, in this order. */
  readonly has: readonly string[];
  /** Which of those the first question of the conversation stands behind; without it, the question is a message of its own. */
  readonly questionBehind?: string;
  readonly answer: (question: string | undefined) => string;
}

const TITLE = { kind: 'title', answer: titleFrom } as const;

/** The patterns are anchored and short, and the rest is looked up as text: a prompt can be 200,000 characters of anything. */
const FIXED_WORDS: readonly FixedWords[] = [
  { kind: 'emoji', begins: /^Your task is to reflect the speaker's likely facial expression through a fitting emoji\./, has: [], answer: () => SMILE }, // Open WebUI
  { // Open WebUI before 0.4
    ...TITLE, begins: /^Here is the query:\n/, questionBehind: 'Here is the query:',
    has: ['Here is the query:', 'Create a concise, 3-5 word phrase', 'as a title for the previous query', 'RESPOND ONLY WITH THE TITLE TEXT'],
  },
  { // LibreChat
    ...TITLE, has: ['User:'], questionBehind: 'User:',
    begins: /^(?:Provide|Please generate) a concise, 5-word-or-less title for the conversation, using (?:title case conventions|its same language)/,
  },
  { // LibreChat, with the language
    kind: 'title', answer: (question) => JSON.stringify({ language: 'und', title: titleFrom(question) }),
    begins: /^Analyze this conversation and provide:\s*1\. The detected language/, has: ['A concise title in the detected language', 'User:'], questionBehind: 'User:',
  },
  { // LibreChat, assistants
    ...TITLE, begins: /^Please generate a concise title \(max 40 characters\) for a conversation that starts with:/, has: ['User:', '\nTitle:'], questionBehind: 'User:',
  },
  { ...TITLE, begins: /^Please generate a four to five word title summarizing our conversation without any lead-in, punctuation/, has: [] }, // NextChat
  { // Chatbox
    ...TITLE, begins: /^Based on the chat history, give this conversation a (?:name|title)\.\nKeep it short/, questionBehind: '```',
    has: ['the conversation:', '```', 'Only give the'],
  },
];

function ofFixedWords(text: string, messages: readonly ClientMessage[]): BackgroundAnswer | undefined {
  const found = FIXED_WORDS.find(({ begins, has }) => begins.test(text) && hasInOrder(text, has));
  if (!found) return undefined;
  const { kind, questionBehind, answer } = found;
  const first = messages.slice(0, -1).find(({ role }) => role === 'user')?.text;
  return { kind, answer: answer(questionBehind === undefined ? first : text.slice(text.indexOf(questionBehind) + questionBehind.length)) };
}

function hasInOrder(text: string, parts: readonly string[]): boolean {
  let from = 0;
  return parts.every((part) => {
    const at = text.indexOf(part, from);
    from = at + part.length;
    return at >= 0;
  });
}

/** Open WebUI asks which of its own tools to use before it asks the question: none, this agent has tools of its own. */
function ofToolChoice(messages: readonly ClientMessage[]): BackgroundAnswer | undefined {
  const chooses = messages.some(({ role, text }) => role === 'system' && text.trimStart().startsWith('Available Tools:')
    && text.includes('Your task is to choose and return the correct tool(s) from the list of available tools based on the query.'));
  return chooses && messages.at(-1)?.text.trimStart().startsWith('Query:') ? { kind: 'tool_choice', answer: '{"tool_calls":[]}' } : undefined;
}
