import type { Interface } from 'node:readline';

/** Characters that a line at a terminal may grow to: more than a message may have. */
const MOST_CHARACTERS = 40_000;

/**
 * Lets go of a line that is typed or pasted without an end, and says so once, by `refuse`; up to its Enter nothing of it is kept.
 * readline draws the whole line again at each turn of the screen, so that its work grows with the square of what is pasted.
 */
export function boundLine(lines: Interface, input: NodeJS.ReadStream, refuse: () => void): void {
  const typed = lines as { line: string; cursor: number }; // readonly only in its type
  let refused = false;
  lines.on('line', () => { refused = false; });
  input.on('keypress', () => {
    const tooLong = typed.line.length > MOST_CHARACTERS;
    if (tooLong && !refused) refuse();
    refused ||= tooLong;
    if (!refused) return;
    typed.line = '';
    typed.cursor = 0;
  });
}
