import { setTimeout as pause } from 'node:timers/promises';
import { Child, jsonLines, plainLines } from '../support/child.js';
import { APPLICATION_ROOT } from '../support/built-application.js';

const QUESTION = 'What is 15 multiplied by 23?';
const ANSWER = '15 multiplied by 23 equals 345.';
const SECRET = /sk-ant-/;

afterAll(() => Child.killAll());

type Bug = 'throw' | 'reject' | 'reject_nothing';

/** The program with a bug in it, which strikes at SIGUSR2. */
function startBuggy(words: readonly string[], bug: Bug, environment: Readonly<Record<string, string>> = {}): Child {
  return Child.start(words, { environment: { NODE_OPTIONS: `--import=${APPLICATION_ROOT}test/support/crash-on-demand.mjs`, TEST_BUG: bug, ...environment } });
}

function chat(url: string): Promise<Response> {
  return fetch(`${url}/chat`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ message: QUESTION }) });
}

describe('an error that nobody caught', () => {
  it.each([
    ['throw', 'uncaughtException', 'The bug struck with [redacted] at hand.'], ['reject', 'unhandledRejection', 'The bug struck with [redacted] at hand.'],
    ['reject_nothing', 'unhandledRejection', expect.stringContaining('undefined')],
  ] as const)('(%s) is told once, and the service finishes what it has, is not ready meanwhile, and ends with 1', async (bug, origin, error) => {
    const child = startBuggy(['serve'], bug, { SIMULATOR_FIRST_TOKEN: '1' });
    const url = await child.url();
    expect((await fetch(`${url}/health/ready`)).status).toBe(200);
    const answer = chat(url);
    await child.said('stdout', /agent\.request_received/);
    child.signal('SIGUSR2');
    await child.said('stdout', /process\.crashed/);
    child.signal('SIGUSR2'); // the same bug again
    const statuses = new Set<number>();
    let over = false;
    void child.ended.then(() => { over = true; });
    while (!over) {
      statuses.add(await fetch(`${url}/health/ready`, { headers: { connection: 'close' } }).then(({ status }) => status, () => 503));
      await pause(20);
    }
    const { code, stdout, stderr } = await child.end();
    expect(await (await answer).json()).toMatchObject({ reply: ANSWER, outcome: 'success' });
    expect(code).toBe(1);
    expect([...statuses]).toEqual([503]);
    const lines = jsonLines(stdout);
    expect(lines.filter(({ level }) => level === 'error')).toEqual([expect.objectContaining({ event: 'process.crashed', origin, error, stack: expect.stringContaining('    at ') })]);
    expect(lines.filter(({ event }) => event === 'application.draining')).toEqual([expect.objectContaining({ reason: origin })]);
    expect(lines.at(-1)).toMatchObject({ event: 'application.shutdown', reason: origin });
    expect(`${stdout}${stderr}`).not.toMatch(SECRET);
  });

  it('does not take the time to finish from a service that is ending already', async () => {
    const child = startBuggy(['serve'], 'throw', { SIMULATOR_FIRST_TOKEN: '1' });
    const answer = chat(await child.url());
    await child.said('stdout', /agent\.request_received/);
    child.signal('SIGTERM');
    await child.said('stdout', /application\.draining/);
    child.signal('SIGUSR2');
    expect(await (await answer).json()).toMatchObject({ reply: ANSWER });
    const { code, stdout } = await child.end();
    expect(code).toBe(1);
    expect(jsonLines(stdout).filter(({ event }) => event === 'process.crashed')).toHaveLength(1);
  });

  it.each(['serve', 'ask'])('before the application is there ends %s with 1 and a word', async (command) => {
    const { code, stdout, stderr } = await startBuggy([command, QUESTION], 'throw', { TEST_BUG_EARLY: 'true' }).end();
    expect({ code, stdout, stderr }).toEqual({ code: 1, stdout: '', stderr: 'task-agent crashed: The bug struck with [redacted] at hand.\n' });
  });

  it.each([['ask', [QUESTION]], ['chat', []]] as const)('ends %s with 1 and a word, although a question is being answered', async (command, words) => {
    const child = startBuggy([command, ...words], 'reject', { SIMULATOR_FIRST_TOKEN: '600' });
    child.process.stdin.write(`${QUESTION}\n${QUESTION}\n`);
    await child.said('stderr', /agent\.request_received/);
    child.signal('SIGUSR2');
    const { code, stdout, stderr } = await child.end();
    expect(code).toBe(1);
    expect(plainLines(stderr)).toContain('task-agent crashed: The bug struck with [redacted] at hand.');
    expect(jsonLines(stderr).filter(({ event }) => event === 'process.crashed')).toHaveLength(1);
    expect(jsonLines(stderr).filter(({ event }) => event === 'agent.request_received')).toHaveLength(1);
    expect(`${stdout}${stderr}`).not.toMatch(SECRET);
  });
});
