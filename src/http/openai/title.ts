const MOST_WORDS = 6;
/** For languages that put no spaces between words. */
const MOST_CHARACTERS = 60;
const UNTITLED = 'New conversation';

/** A title of at most six words, from the first line of what somebody asked; a fixed one where that has no words. */
export function titleFrom(question: string | undefined): string {
  const line = (question ?? '').split('\n').find((candidate) => /[\p{L}\p{N}]/u.test(candidate)) ?? '';
  const words = line.replace(/[*`#>"“”]+/g, '').trim().split(/\s+/).slice(0, MOST_WORDS).join(' ');
  const title = Array.from(words).slice(0, MOST_CHARACTERS).join('').replace(/[\s.,;:!?…。？！-]+$/u, '');
  return title === '' ? UNTITLED : title;
}
