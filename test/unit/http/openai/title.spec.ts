import { titleFrom } from '../../../../src/http/openai/title.js';

it.each([
  ['What is 2 + 2?', 'What is 2 + 2'],
  ['One two three four five six seven', 'One two three four five six'],
  ['\n\n  ## **Plan** my "week"\nand more', 'Plan my week'],
  ['```\n---\nfix my_function.py\n```', 'fix my_function.py'],
  ['如何在家里烤面包？', '如何在家里烤面包'],
  ['x'.repeat(500), 'x'.repeat(60)],
  [`${'x'.repeat(59)}\u{1F600}y`, `${'x'.repeat(59)}\u{1F600}`],
  ['', 'New conversation'],
  ['?!', 'New conversation'],
  [undefined, 'New conversation'],
])('the title of %j is %j', (question, title) => {
  expect(titleFrom(question)).toBe(title);
});
