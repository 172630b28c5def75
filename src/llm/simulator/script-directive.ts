import { looksLikeSteps } from './fault-notation.js';

/** Brackets that hold something else, as a matrix does, are none. */
const DIRECTIVE = /\[\[([^[\]]{1,2000})\]\]/g;

/** The script inside a text of a user: `529, ok` of `What is 2 + 2? [[529, ok]]`; undefined when there is none. */
export function directiveIn(text: string): string | undefined {
  for (const [, script = ''] of text.matchAll(DIRECTIVE)) if (looksLikeSteps(script)) return script;
  return undefined;
}

/** A text as if its script were not there. */
export function withoutDirective(text: string): string {
  return text.replace(DIRECTIVE, (all, script: string) => (looksLikeSteps(script) ? '' : all)).trim();
}
