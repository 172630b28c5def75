import { readFileSync } from 'node:fs';
import { parseSteps } from '../../../../src/llm/simulator/fault-notation.js';
import { FAULT_WORDS, STATUS_WORD } from '../../../../src/llm/simulator/fault-words.js';
import { Simulator } from '../../../../src/llm/simulator/simulator.js';
import { tablesOf, takeApart } from '../../../support/docs/documents.js';
import type { Json } from './simulated-exchange.js';

const document = takeApart('docs/simulator.md', readFileSync('docs/simulator.md', 'utf8'));
const [rows = []] = tablesOf(document, 'Word');

let simulator: Simulator;
beforeEach(async () => {
  simulator = await Simulator.start();
});
afterEach(() => simulator.close());

/** The curl commands of the document, in order. */
function commands(): string[] {
  return document.blocks.flatMap(({ text }) => text.replaceAll('\\\n', ' ').split('\n')).filter((line) => line.startsWith('curl '));
}

/** Does what curl would do. @throws Error for an option that the document did not have when this was written */
async function run(command: string): Promise<{ status: number; answer: Json }> {
  const words = [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
  const headers = new Headers();
  const init: RequestInit & { url?: string } = { headers };
  for (let at = 1; at < words.length; at += 1) {
    const word = words[at]!;
    if (word === '-X') init.method = words[at += 1]!;
    else if (word === '-d') Object.assign(init, { method: 'POST', body: words[at += 1]! });
    else if (word === '-H') headers.append(...(words[at += 1]!.split(/: (.*)/) as [string, string]));
    else if (word.startsWith('http://127.0.0.1:8081/')) init.url = word.replace('http://127.0.0.1:8081', simulator.url);
    else throw new Error(`What is ${word}?`);
  }
  const response = await fetch(init.url!, init);
  return { status: response.status, answer: await response.json() };
}

describe('docs/simulator.md', () => {
  it('lists exactly the words that there are, in their order', () => {
    expect(rows.map(([word]) => word)).toEqual(Object.keys(FAULT_WORDS));
  });

  it.each(rows.map(([word = '', written = '']) => [word, written.split(', ')] as const))('shows how to write %s, and every argument that it takes', (word, forms) => {
    const names = forms.map((form) => /^\w+/.exec(form)![0]);
    expect(new Set(names.map((name) => (/^[45]\d\d$/.test(name) ? STATUS_WORD : name)))).toEqual(new Set([word]));
    for (const form of forms) expect(parseSteps(form).length).toBeGreaterThan(0);
    const { argument, inStream = false } = FAULT_WORDS[word]!;
    const shown = forms.flatMap((form) => /:(\w+)/.exec(form)?.[1] ?? []);
    if (argument === undefined) expect(shown).toEqual([]);
    else expect(shown.toSorted()).toEqual(typeof argument === 'string' ? expect.arrayContaining([expect.any(String)]) : argument.toSorted());
    expect(forms.some((form) => form.includes('@'))).toBe(inStream);
  });

  it('has examples that do what it says', async () => {
    const answers: { status: number; answer: Json }[] = [];
    for (const command of commands()) answers.push(await run(command));
    expect(answers).toMatchObject([
      { status: 529, answer: { error: { type: 'overloaded_error' } } },
      { status: 200, answer: { added: 3, queued: 3 } },
      { status: 200, answer: { removed: 3 } },
      { status: 529, answer: { error: { type: 'overloaded_error' } } },
      { status: 200, answer: { counts: { requests: 2, violations: 0, in_flight: 0, client_closed: 0 } } },
    ]);
  });

  it('has scripts in its text that are scripts', () => {
    const scripts = [...document.spans, ...[...document.text.matchAll(/\[\[(.*?)\]\]/g)].map(([, script = '']) => script)].filter((span) => /[\w*@:]+, \w/.test(span));
    expect(scripts.length).toBeGreaterThanOrEqual(2);
    for (const script of scripts) expect(parseSteps(script).length).toBeGreaterThan(1);
  });
});
