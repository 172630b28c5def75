import { Simulator } from '../../src/llm/simulator/simulator.js';
import { Child } from '../support/child.js';
import { eventually } from '../support/eventually.js';
import { withoutTerminal } from '../support/pseudo-terminal.js';

const CTRL_C = '\u0003';
const CTRL_D = '\u0004';
/** Nothing behind it but where the cursor goes. */
const PROMPT = /You: \S*$/;
/** What the prompt may take to be back after Ctrl-C. It takes a few milliseconds; the machine may have other work. */
const BACK_MILLISECONDS = 2_000;

let simulator: Simulator;
beforeEach(async () => {
  simulator = await Simulator.start();
});
afterEach(async () => {
  await Child.killAll();
  await simulator.close();
  expect(simulator.violations).toEqual([]);
});

async function converse(): Promise<Child> {
  const child = Child.start(['chat'], { terminal: true, environment: { TERM: 'xterm', ANTHROPIC_API_KEY: 'test-key-0123456789', ANTHROPIC_BASE_URL: simulator.url } });
  await prompted(child, 0);
  return child;
}

/** Waits for a prompt behind what was shown so far. */
async function prompted(child: Child, shown: number): Promise<string> {
  await eventually(() => PROMPT.test(child.stdout.slice(shown)));
  return child.stdout.slice(shown);
}

/** What the terminal shows from a question until the next prompt. */
async function ask(child: Child, question: string): Promise<string> {
  const { length } = child.stdout;
  child.process.stdin.write(`${question}\r`);
  await eventually(() => child.stdout.length > length + question.length && child.stdout.slice(length + question.length).includes('\n'));
  return prompted(child, length + question.length);
}

(withoutTerminal() ? describe.skip : describe)('a conversation at a terminal', () => {
  it('answers, and ends with 0 at Ctrl-D', async () => {
    const child = await converse();
    expect(await ask(child, 'What is 2 + 3?')).toContain('2 + 3 equals 5.');
    child.process.stdin.write(CTRL_D);
    expect((await child.end()).code).toBe(0);
  });

  it('gets its prompt back at Ctrl-C while an answer is being given, and goes on with a history that is valid', async () => {
    const child = await converse();
    expect(await ask(child, 'What is 2 + 3?')).toContain('2 + 3 equals 5.');
    simulator.enqueue({ kind: 'hang' });
    const { length } = child.stdout;
    child.process.stdin.write('Tell me a story\r');
    await eventually(() => simulator.inFlight === 1);
    const pressedAt = performance.now();
    child.process.stdin.write(CTRL_C);
    expect(await prompted(child, length + 'Tell me a story'.length)).toContain('Interrupted.');
    const took = performance.now() - pressedAt;
    process.stderr.write(`prompt back ${took.toFixed()} ms after Ctrl-C\n`);
    expect(took).toBeLessThan(BACK_MILLISECONDS);
    await eventually(() => simulator.requests.at(-1)?.clientClosed === true && simulator.inFlight === 0);
    expect(await ask(child, 'What is 3 + 4?')).toContain('3 + 4 equals 7.');
    const { messages } = simulator.requests.at(-1)?.body as { messages: object[] };
    expect(JSON.stringify(messages)).toContain('2 + 3');
    expect(JSON.stringify(messages)).not.toContain('story');
  });

  it('ends at Ctrl-C pressed twice at the prompt, and not at once', async () => {
    const child = await converse();
    const { length } = child.stdout;
    child.process.stdin.write(CTRL_C);
    expect(await prompted(child, length)).toContain('(Ctrl-C again to exit)');
    expect(await ask(child, 'What is 2 + 3?')).toContain('2 + 3 equals 5.');
    child.process.stdin.write(CTRL_C);
    await child.said('stdout', /again to exit[\s\S]*again to exit/);
    child.process.stdin.write(CTRL_C);
    expect((await child.end()).code).toBe(0);
  });

  it('ends at Ctrl-D after an answer was broken off', async () => {
    const child = await converse();
    simulator.enqueue({ kind: 'hang' });
    child.process.stdin.write('Hello\r');
    await eventually(() => simulator.inFlight === 1);
    child.process.stdin.write(CTRL_C);
    await child.said('stdout', /Interrupted\./);
    child.process.stdin.write(CTRL_D);
    expect((await child.end()).code).toBe(0);
  });

  it('refuses a paste of 1 MB in a word, and goes on', async () => {
    const child = await converse();
    const startedAt = performance.now();
    child.process.stdin.write(`${'otter '.repeat(175_000)}\r`);
    await child.said('stdout', /longer than a message may be/);
    await child.said('stdout', PROMPT);
    process.stderr.write(`1 MB pasted and refused in ${(performance.now() - startedAt).toFixed()} ms\n`);
    expect(await ask(child, 'What is 3 + 4?')).toContain('3 + 4 equals 7.');
    expect(child.stdout.match(/longer than a message/g)).toHaveLength(1);
    expect(JSON.stringify(simulator.requests.map(({ body }) => body))).not.toContain('otter');
  }, 60_000);

  it('shows no escape sequence of a reply', async () => {
    const child = await converse();
    simulator.enqueue({ kind: 'text', text: 'A\u001b]0;owned\u0007B\u001b[2JC\u009b31mD\u001b[6nE\rF\u202eG' });
    const shown = await ask(child, 'Hello');
    expect(shown).toContain('A]0;ownedB[2JC31mD[6nEFG');
    // eslint-disable-next-line no-control-regex
    expect(shown).not.toMatch(/\u001b\]|\u001b\[2J|\u0007|\u009b|\u001b\[6n|\u202e/);
  });
});

describe('a conversation from a pipe', () => {
  const environment = () => ({ ANTHROPIC_API_KEY: 'test-key-0123456789', ANTHROPIC_BASE_URL: simulator.url });

  it('refuses a paste of 1 MB in a word, and goes on', async () => {
    const paste = 'otter '.repeat(175_000);
    const { stdout, stderr } = await Child.run(['chat'], { environment: environment(), input: `What is 2 + 3?\n${paste}\nWhat is 3 + 4?\n` });
    expect(stdout).toContain('2 + 3 equals 5.');
    expect(stdout).toMatch(/^message: .*32000 characters \(invalid_request, /m);
    expect(stdout).toContain('3 + 4 equals 7.');
    expect(`${stdout}${stderr}`).not.toContain('otter otter');
    expect(JSON.stringify(simulator.requests.map(({ body }) => body))).not.toContain('otter');
  });

  it('goes on without its reader, and leaves nothing open at the model', async () => {
    const child = Child.start(['chat'], { environment: environment() });
    child.process.stdin.write('What is 2 + 3?\n');
    await child.said('stdout', /equals 5/);
    child.process.stdout.destroy();
    child.process.stdin.end('What is 3 + 4?\n');
    const { code, stderr } = await child.end();
    expect(code).toBe(0);
    expect(stderr).not.toMatch(/EPIPE|Unhandled|crashed/);
    expect(JSON.stringify(simulator.requests.at(-1)?.body)).toContain('3 + 4');
    expect(simulator.inFlight).toBe(0);
  });
});
