import { FAULT_WORDS, STATUS_WORD, type FaultWord } from './fault-words.js';
import type { ScriptedStep } from './scripted-step.js';

/** `name`, then perhaps `:argument`, `@events` and `*times`, in this order. */
const STEP = /^([a-z0-9_]+)(?::([^\s:@*]+))?(?:@(\d{1,6}))?(?:\*(\d{1,4}))?$/;
const MOST_STEPS = 1_000;
const FORM = 'A step is name, name:argument, name@events or name*times';

/** A text that is no script. Its message names the word and says what would be right. */
export class NotationError extends Error {
  override readonly name = 'NotationError';
}

/**
 * Reads a script: `529:2, cut:fin@2, ok*3`. Times are in seconds and may have a fraction.
 * @throws NotationError
 */
export function parseSteps(text: string): ScriptedStep[] {
  const steps: ScriptedStep[] = [];
  for (const part of text.split(',')) {
    const { step, times } = parseStep(part.trim());
    // Before they are made: a short text could ask for millions.
    if (steps.length + times > MOST_STEPS) throw new NotationError(`A script has at most ${MOST_STEPS} steps.`);
    for (let time = 0; time < times; time += 1) steps.push(step);
  }
  return steps;
}

/** True when a text begins with a word of the notation, so that it is meant as a script. */
export function looksLikeSteps(text: string): boolean {
  return wordOf(/^\s*([a-z0-9_]+)/.exec(text)?.[1] ?? '') !== undefined;
}

function parseStep(part: string): { readonly step: ScriptedStep; readonly times: number } {
  const [, name = '', argument, events, times = '1'] = STEP.exec(part) ?? [];
  if (name === '') throw new NotationError(`"${part}" is no step. ${FORM}.`);
  const word = wordOf(name);
  if (!word) throw new NotationError(`"${name}" is no known word. Known are: a status from 400 to 599, ${knownWords()}.`);
  check(part, word, argument, events);
  const step = word.step({ argument, afterEvents: events === undefined ? undefined : Number(events) }, name);
  return { step, times: Number(times) };
}

function wordOf(name: string): FaultWord | undefined {
  if (/^[45]\d\d$/.test(name)) return FAULT_WORDS[STATUS_WORD];
  return name !== STATUS_WORD && Object.hasOwn(FAULT_WORDS, name) ? FAULT_WORDS[name] : undefined;
}

function check(part: string, { argument: allowed, inStream }: FaultWord, argument: string | undefined, events: string | undefined): void {
  if (events !== undefined && !inStream) throw new NotationError(`"${part}": no @events here.`);
  if (argument === undefined || allowed === 'text') return;
  if (allowed === undefined) throw new NotationError(`"${part}": no :argument here.`);
  if (allowed === 'number') {
    if (!/^\d+(?:\.\d+)?$/.test(argument)) throw new NotationError(`"${part}": "${argument}" is no number.`);
  } else if (!allowed.includes(argument)) {
    throw new NotationError(`"${part}": "${argument}" is none of ${allowed.join(', ')}.`);
  }
}

function knownWords(): string {
  return Object.keys(FAULT_WORDS).filter((name) => name !== STATUS_WORD).join(', ');
}
