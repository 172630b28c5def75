import type { IntentKind } from './intent.js';

const GREETING = /^\W*(?:hi|hello|hey|good (?:morning|afternoon|evening|day)|greetings|howdy)\b/i;
const THANKS = /^\W*(?:thanks|thank you|cheers)\b/i;

/** What the simulated model says when it can do nothing with a text: what it is, what it can do, and how to get a real model. */
export function smallTalk(question: string, abilities: readonly Pick<IntentKind, 'ability'>[]): string {
  return [
    opening(question),
    'I am the simulated model: no API key is set, so no real model has read this.',
    abilities.length > 0
      ? `By simple rules, I can ${listed(abilities.map(({ ability }) => ability))}.`
      : 'This request offers me no tool that I know, so I can only say this.',
    'Set ANTHROPIC_API_KEY to talk to a real model.',
  ].filter((part) => part !== '').join(' ');
}

function opening(question: string): string {
  if (GREETING.test(question)) return 'Hello!';
  return THANKS.test(question) ? 'You are welcome.' : '';
}

function listed(items: readonly string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}
