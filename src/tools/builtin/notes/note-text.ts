import { notSaved } from './note-failure.js';

/** Code points that a note may have. */
export const MOST_CHARACTERS = 100_000;

export interface NoteText {
  readonly bytes: Buffer;
  /** Its length in code points. */
  readonly characters: number;
}

/** The text of a note as it will be kept: well-formed Unicode without NUL. @throws Failure `validation` when nothing is left, or too much. */
export function noteText(content: string): NoteText {
  // No text of more than twice as many code units can fit: it is not even copied.
  const text = content.length > 2 * MOST_CHARACTERS ? content : content.toWellFormed().replaceAll('\0', '');
  const characters = Array.from(text.slice(0, 2 * MOST_CHARACTERS + 1)).length;
  if (characters === 0) throw notSaved('note_empty', { errorType: 'validation', words: 'it has no text.' });
  if (characters > MOST_CHARACTERS) throw notSaved('note_too_long', { errorType: 'validation', words: `it has more than ${MOST_CHARACTERS} characters.` });
  return { bytes: Buffer.from(text), characters };
}
