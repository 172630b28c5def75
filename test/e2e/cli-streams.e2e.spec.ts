import { createServer, type AddressInfo } from 'node:net';
import { Child, jsonLines, plainLines } from '../support/child.js';
import { eventually } from '../support/eventually.js';

const QUESTION = 'What is 15 multiplied by 23?';
const ANSWER = '15 multiplied by 23 equals 345.';

afterAll(() => Child.killAll());

function chat(url: string): Promise<Response> {
  return fetch(`${url}/chat`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ message: QUESTION }) });
}

describe('the log', () => {
  async function served(environment: Readonly<Record<string, string>> = {}): Promise<string> {
    const child = Child.start(['serve'], { environment });
    await chat(await child.url());
    child.signal('SIGTERM');
    return (await child.end()).stdout;
  }

  it('of serve is one JSON object a line on stdout', async () => {
    const stdout = await served();
    expect(plainLines(stdout)).toEqual([]);
    expect(jsonLines(stdout).map(({ event }) => event)).toEqual(expect.arrayContaining(['application.started', 'agent.request_received', 'tool.executing', 'agent.request_completed', 'application.draining']));
    expect(new Set(jsonLines(stdout).map(({ level }) => level))).toEqual(new Set(['info']));
  });

  it.each([['DEBUG', ['debug', 'info']], ['info', ['info']], ['WARNING', []], ['error', []], ['CRITICAL', []]])('honours LOG_LEVEL=%s', async (level, levels) => {
    expect([...new Set(jsonLines(await served({ LOG_LEVEL: level })).map((line) => line.level))].sort()).toEqual(levels);
  });

  it('is for people with JSON_LOGS=false', async () => {
    const stdout = await served({ JSON_LOGS: 'false' });
    expect(jsonLines(stdout)).toEqual([]);
    expect(stdout).toMatch(/^\[\d\d:\d\d:\d\d\.\d{3}\] INFO: agent\.request_completed .*"iterations":2/m);
  });

  it('of a conversation is on stderr, so that stdout can be read by a program', async () => {
    const { stdout, stderr } = await Child.run(['chat'], { input: `${QUESTION}\n` });
    expect(jsonLines(stdout)).toEqual([]);
    expect(jsonLines(stderr).map(({ event }) => event)).toContain('agent.request_completed');
  });

  it('tells at DEBUG what was configured, without keys and without the words of the system prompt', async () => {
    const { stderr } = await Child.run(['ask', QUESTION], {
      environment: { LOG_LEVEL: 'DEBUG', MAX_TOKENS: '1234', SYSTEM_PROMPT: 'CANARY words', ANTHROPIC_API_KEY: 'CANARY-key', ANTHROPIC_BASE_URL: 'http://me:CANARY@127.0.0.1:9', TAVILY_API_KEY: 'CANARY-tavily', SEARCH_PROVIDER: 'tavily' },
    });
    const told = jsonLines(stderr).filter(({ event }) => event === 'config.loaded');
    expect(told).toEqual([expect.objectContaining({ level: 'debug', settings: expect.objectContaining({ llm: expect.objectContaining({ maxTokens: 1_234 }) }) })]);
    expect(jsonLines(stderr).filter((line) => JSON.stringify(line).includes('CANARY'))).toEqual([]);
  });

  it('may lose its reader: the service goes on', async () => {
    const child = Child.start(['serve'], { environment: { LOG_LEVEL: 'DEBUG' } });
    const url = await child.url();
    child.process.stdout.destroy();
    for (let time = 0; time < 3; time++) expect(await (await chat(url)).json()).toMatchObject({ reply: ANSWER });
    const lost = /^log_lines_dropped_total (\d+)$/m.exec(await (await fetch(`${url}/metrics`)).text());
    expect(Number(lost?.[1])).toBeGreaterThan(3);
    child.signal('SIGTERM');
    expect(await child.end()).toMatchObject({ code: 0, stderr: expect.not.stringMatching(/EPIPE/) });
  });
});

describe('a reader that goes away', () => {
  it.each([['ask', [QUESTION]], ['chat', []]])('from stderr costs %s no answer', async (command, words) => {
    const child = Child.start([command, ...words], { input: `${QUESTION}\n` });
    child.process.stderr.destroy();
    const { code, stdout } = await child.end();
    expect(stdout.split('\n')).toContain(ANSWER);
    expect(code).toBe(0);
  });

  it.each([['ask', [QUESTION]], ['chat', []]])('from stdout ends %s without a stack', async (command, words) => {
    const child = Child.start([command, ...words], { input: `${QUESTION}\n` });
    child.process.stdout.destroy();
    expect(plainLines((await child.end()).stderr).filter((line) => /EPIPE|Unhandled|^ +at /.test(line))).toEqual([]);
  });

  it('from stderr does not end the service', async () => {
    const port = await freePort();
    const child = Child.start(['serve', '--port', port]);
    child.process.stderr.destroy();
    await eventually(() => chat(`http://127.0.0.1:${port}`).then(({ status }) => status === 200, () => false));
    child.signal('SIGTERM');
    expect((await child.end()).code).toBe(0);
  });
});

/** A port that was free a moment ago. */
async function freePort(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return String(port);
}
