import type { IntentKind } from './intent.js';

/** A stretch of a message that asks for one kind of thing; `kind` is undefined for what asks for nothing in particular. */
export interface Clause {
  readonly kind: IntentKind | undefined;
  readonly text: string;
}

/** After these a new wish may begin. A decimal point is none, nor is the stop of an abbreviation inside a word. */
const JOINT = /[.!?](?:\s+|$)|[;,\n]\s*|:\s+|\s(?:and|then|also|plus|but)\s+/gi;

/** Words that lead to a wish and are no part of it. */
const LEAD = /(?:(?:and|then|also|but|after that|afterwards|next|finally|first(?:ly)?|second(?:ly)?|please|kindly|hey|hi|hello|ok|okay|so|now|(?:can|could|would|will) you|i(?:'d| would) like (?:you )?to(?: know)?|i (?:want|need) (?:you )?to(?: know)?|help me(?: to)?|let's|go ahead and)\b[\s,:!.]*){1,6}/iy;

const ORDER = /^(?:what|how|is it|will it|calculate|compute|evaluate|solve|work out|tell|show|check|get|save|write|make|create|take|add|note|remember|search|look|google|find|the weather|do |jot|put|store)/i;

const QUOTED = /"[^"\n]*"|“[^”\n]*”|(?<!\p{L})'[^'\n]*'(?!\p{L})/gu;

interface Start {
  readonly kind: IntentKind;
  readonly at: number;
}

/** Cuts a message into clauses where a wish begins. Nothing inside quotes begins one. The kinds are tried in their order. */
export function splitClauses(text: string, kinds: readonly IntentKind[]): Clause[] {
  const starts = findStarts(text, kinds);
  const head = text.slice(0, starts[0]?.at ?? text.length);
  const clauses = starts.map(({ kind, at }, index) => ({ kind, text: withoutTail(text.slice(at, starts[index + 1]?.at)) }));
  return head.trim() === '' ? clauses : [{ kind: undefined, text: head }, ...clauses];
}

function findStarts(text: string, kinds: readonly IntentKind[]): Start[] {
  const quoted = [...text.matchAll(QUOTED)].map(({ index, 0: { length } }) => ({ from: index, to: index + length }));
  const starts: Start[] = [];
  let readTo = 0;
  for (const { mark, end } of jointsOf(text)) {
    const at = afterLead(text, end);
    if (end < readTo || quoted.some(({ from, to }) => at > from && at < to)) continue;
    if (isContent(starts.at(-1)?.kind.freeText, mark, at > end, text.slice(at, at + 16))) continue;
    const begun = beginningAt(text, at, kinds);
    if (!begun) continue;
    starts.push({ kind: begun.kind, at });
    readTo = begun.to;
  }
  return starts;
}

function jointsOf(text: string): { mark: string; end: number }[] {
  return [{ mark: '', end: 0 }, ...[...text.matchAll(JOINT)].map(({ index, 0: mark }) => ({ mark: mark.charAt(0), end: index + mark.length }))];
}

/** In free text a colon, a list, a bare sum or a word of weather is content; only an order or a question after a real joint is a new wish. */
function isContent(freeText: IntentKind['freeText'] | undefined, mark: string, hasLead: boolean, beginning: string): boolean {
  if (freeText === undefined || freeText === 'none') return false;
  if (freeText === 'sentence' && /[.!?;\n]/.test(mark)) return false;
  return mark === ':' || (mark === ',' && !hasLead) || !ORDER.test(beginning);
}

function beginningAt(text: string, at: number, kinds: readonly IntentKind[]): { kind: IntentKind; to: number } | undefined {
  for (const kind of kinds) {
    const to = kind.startsAt(text, at);
    if (to !== undefined) return { kind, to };
  }
  return undefined;
}

function afterLead(text: string, position: number): number {
  LEAD.lastIndex = position;
  return position + (LEAD.exec(text)?.[0].length ?? 0);
}

/** What joins a clause to the next one is no part of it. */
function withoutTail(clause: string): string {
  return clause.replace(/(?:[\s,;:]+(?:and|then|also|plus|but|please|after that|next|finally|(?:can|could|would|will) you|i(?:'d| would) like (?:you )?to|i (?:want|need) (?:you )?to)\b)*[\s,;]*$/i, '');
}
