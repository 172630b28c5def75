import type { Failure } from '../../../kernel/failure.js';
import { notSaved } from './note-failure.js';

export interface NoteName {
  readonly stem: string;
  /** With its dot, spelled as it was given. */
  readonly extension: string;
}

/** What the common file systems take, in bytes of UTF-8. */
const MOST_BYTES = 255;
const ALLOWED = /^[\p{L}\p{N}][\p{L}\p{N} _.-]{0,100}$/u;
/** Letters that nobody can see, such as the Hangul fillers. */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/u;
/** The last part, if it looks like an extension: "v1.2" and "Dr. Smith" have none. */
const EXTENSION = /\.(?=[^. ]*\p{L})[^. ]+$/u;
const EXTENSIONS = ['.md', '.txt'];
/** Windows gives these to a device, whatever the extension and the case; it reads superscript and wide characters as plain ones. */
const DEVICE = /^(?:con|prn|aux|nul|(?:com|lpt)[0-9])$/i;

/**
 * The name of a note as a file name that is harmless on every system: no separators, no hidden file, nothing invisible.
 * Without an extension it gets `.md`. Equal names are equal bytes (NFC).
 * @throws Failure `validation` that says what is wrong with it.
 */
export function parseNoteName(filename: string): NoteName {
  const name = filename.normalize('NFC');
  if (!ALLOWED.test(name)) throw refused('must begin with a letter or a digit and have at most 101 letters, digits, spaces and _ . -');
  if (INVISIBLE.test(name)) throw refused('has an invisible character');
  if (/[. ]$/.test(name)) throw refused('ends in a dot or a space');
  if (name.includes('..')) throw refused('has two dots in a row');
  if (DEVICE.test(name.normalize('NFKC').split('.', 1).join('').trimEnd())) throw refused('is reserved for a device');
  const extension = EXTENSION.exec(name)?.[0];
  if (extension !== undefined && !EXTENSIONS.includes(extension.toLowerCase())) throw refused(`must end in ${EXTENSIONS.join(' or ')}`);
  const parsed = { stem: extension === undefined ? name : name.slice(0, -extension.length), extension: extension ?? '.md' };
  if (Buffer.byteLength(parsed.stem + parsed.extension) > MOST_BYTES) throw refused('is too long');
  return parsed;
}

/** The name itself for 1, then `name-2.md`, `name-3.md` …; a stem that leaves no room for the number is shortened. */
export function nthName({ stem, extension }: NoteName, number: number): string {
  const ending = `${number === 1 ? '' : `-${number}`}${extension}`;
  const points = Array.from(stem);
  while (Buffer.byteLength(points.join('') + ending) > MOST_BYTES) points.pop();
  return points.join('') + ending;
}

function refused(words: string): Failure {
  return notSaved('note_name_refused', { errorType: 'validation', words: `the file name ${words}.` });
}
