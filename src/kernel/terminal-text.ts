/** Escapes, control characters and bidi overrides: text from outside could use them to rewrite what a person sees. Tab and newline stay. */
// eslint-disable-next-line no-control-regex
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Text that only shows what it says. */
export function terminalText(text: string): string {
  return text.replace(CONTROLS, '');
}
