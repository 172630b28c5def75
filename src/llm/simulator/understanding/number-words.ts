const SMALL = [
  'zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven', 'twelve', 'thirteen', 'fourteen', 'fifteen',
  'sixteen', 'seventeen', 'eighteen', 'nineteen',
];
const TENS = ['twenty', 'thirty', 'forty', 'fifty', 'sixty', 'seventy', 'eighty', 'ninety'];
const LARGE: Readonly<Record<string, number>> = { hundred: 100, thousand: 1_000, million: 1_000_000 };

const WORD = [...SMALL.toReversed(), ...TENS, ...Object.keys(LARGE)].join('|');
const RUN = new RegExp(`(?:a (?=hundred|thousand|million))?(?:${WORD})\\b(?:(?:\\s+|-)(?:${WORD})\\b){0,11}`, 'iy');

/** A number in words at this place, "three hundred twenty-five", in digits, and where it ends. */
export function numberInWords(text: string, start: number): { readonly value: string; readonly end: number } | undefined {
  RUN.lastIndex = start;
  const found = RUN.exec(text)?.[0];
  return found === undefined ? undefined : { value: String(valueOf(found)), end: start + found.length };
}

function valueOf(words: string): number {
  let total = 0;
  let group = 0;
  for (const word of words.toLowerCase().split(/[\s-]+/)) {
    const large = LARGE[word];
    if (large === 100) group = (group || 1) * 100;
    else if (large !== undefined) {
      total += (group || 1) * large;
      group = 0;
    } else group += smallValue(word);
  }
  return total + group;
}

function smallValue(word: string): number {
  const tens = TENS.indexOf(word);
  return tens >= 0 ? (tens + 2) * 10 : Math.max(0, SMALL.indexOf(word));
}
