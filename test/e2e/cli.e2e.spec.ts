import Anthropic from '@anthropic-ai/sdk';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { Child, jsonLines, plainLines } from '../support/child.js';
import { eventually } from '../support/eventually.js';

const QUESTION = 'What is 15 multiplied by 23?';
const ANSWER = '15 multiplied by 23 equals 345.';
const TOO_LONG = 'a'.repeat(33_000);

afterAll(() => Child.killAll());

function chat(url: string, message = QUESTION): Promise<Response> {
  return fetch(`${url}/chat`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ message }) });
}

/** A port that somebody else has, until the test file ends. */
let taken: Server;
let takenPort: string;
beforeAll(async () => {
  taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  takenPort = String((taken.address() as AddressInfo).port);
});
afterAll(() => taken.close());

describe('ask', () => {
  it('prints the answer and nothing else, and ends with 0', async () => {
    const { code, stdout, stderr } = await Child.run(['ask', QUESTION]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${ANSWER}\n` });
    expect(plainLines(stderr)).toEqual([expect.stringMatching(/^2 LLM calls · 1 tool \(calculator\) · .* simulated/)]);
  });

  it('takes the question in as many words as it has', async () => {
    expect((await Child.run(['ask', ...QUESTION.split(' ')])).stdout).toBe(`${ANSWER}\n`);
  });

  it('prints the whole result with --json', async () => {
    const { code, stdout } = await Child.run(['ask', '--json', QUESTION]);
    const result = JSON.parse(stdout) as Record<string, unknown>;
    expect(code).toBe(0);
    expect(Object.keys(result)).toEqual([
      'reply', 'conversation_id', 'run_id', 'correlation_id', 'trace_id', 'outcome', 'error_type', 'stop_reason', 'truncated', 'model', 'simulated',
      'iterations', 'tool_calls', 'usage', 'cost_usd', 'duration_ms', 'degraded',
    ]);
    expect(result).toMatchObject({ reply: ANSWER, outcome: 'success', error_type: null, trace_id: null, model: 'simulated', simulated: true, iterations: 2, tool_calls: [{ name: 'calculator', status: 'success' }] });
    expect(Number(result.cost_usd)).toBeGreaterThan(0); // so config/models.yaml was found, although this runs in another folder
  });

  it('says what is wrong with a question, and ends with 1', async () => {
    const { code, stdout, stderr } = await Child.run(['ask', TOO_LONG]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(plainLines(stderr)).toEqual([expect.stringMatching(/message: .*32000 characters/)]);
  });

  it('says so as JSON with --json', async () => {
    const { code, stdout } = await Child.run(['ask', '--json', TOO_LONG]);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ code: 'invalid_request', status: 400, retryable: false });
  });

  it('says that the model can not be reached, without a stack', async () => {
    const { code, stdout, stderr } = await Child.run(['ask', QUESTION], { environment: { ANTHROPIC_API_KEY: 'test-key-0123456789', ANTHROPIC_BASE_URL: 'http://127.0.0.1:9' } });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(plainLines(stderr)).toEqual(['The model API could not be reached.']);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('ends with 1 and a word when %s comes first', async (signal) => {
    const child = Child.start(['ask', QUESTION], { environment: { SIMULATOR_FIRST_TOKEN: '600' } });
    await child.said('stderr', /agent\.request_received/);
    child.signal(signal);
    const { code, stdout, stderr } = await child.end();
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(plainLines(stderr)).toEqual(['Interrupted.']);
  });
});

describe('chat, with its input from a pipe', () => {
  it('answers a line and ends with 0', async () => {
    const { code, stdout, stderr } = await Child.run(['chat'], { input: `${QUESTION}\n` });
    expect(code).toBe(0);
    expect(stdout.split('\n')).toContain(ANSWER);
    expect(plainLines(stderr)).toEqual([expect.stringMatching(/^task-agent \d+\.\d+\.\d+ on http:\/\/127\.0\.0\.1:\d+ .*SIMULATED MODEL/)]);
  });

  it('answers every line, also the last one that has no newline', async () => {
    const { code, stdout } = await Child.run(['chat'], { input: `${QUESTION}\n\n  \nWhat is 2 + 2?\nWhat is 3 + 4?` });
    expect(code).toBe(0);
    expect(stdout.split('\n').filter((line) => line.includes(' equals '))).toEqual([ANSWER, '2 + 2 equals 4.', '3 + 4 equals 7.']);
  });

  it.each(['exit', 'quit', ' EXIT ', '/exit'])('ends at %j', async (farewell) => {
    const { code, stdout } = await Child.run(['chat'], { input: `What is 2 + 2?\n${farewell}\n${QUESTION}\n` });
    expect(code).toBe(0);
    expect(stdout).toContain('2 + 2 equals 4.');
    expect(stdout).not.toContain('345');
  });

  it.each(['', '\n\n   \n'])('has nothing to say to %j', async (input) => {
    const { code, stdout } = await Child.run(['chat'], { input });
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
  });

  it('says what is wrong with a line, and ends with 1', async () => {
    const { code, stdout } = await Child.run(['chat'], { input: `${TOO_LONG}\n` });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^message: .*32000 characters \(invalid_request, [0-9a-f-]{36}\)\n$/);
  });

  it('goes on after a line that failed, and still ends with 1: a script must notice', async () => {
    const { code, stdout } = await Child.run(['chat'], { input: `${TOO_LONG}\n${QUESTION}\n` });
    expect(stdout).toContain(ANSWER);
    expect(code).toBe(1);
  });

  it('serves probes and metrics beside the conversation', async () => {
    const child = Child.start(['chat']);
    const url = await child.url();
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    child.process.stdin.write(`${QUESTION}\n`);
    await child.said('stdout', /345/);
    await eventually(async () => (await (await fetch(`${url}/metrics`)).text()).includes('agent_requests_total{status="success",user_id="cli_user"} 1'));
    child.process.stdin.end();
    expect((await child.end()).code).toBe(0);
  });

  it('takes another port when its own is taken', async () => {
    const { code, stdout, stderr } = await Child.run(['chat'], { input: `${QUESTION}\n`, environment: { PORT: takenPort } });
    expect(code).toBe(0);
    expect(stdout).toContain(ANSWER);
    expect(stderr).not.toContain(`:${takenPort} `);
  });

  it('does not, when the port was asked for by name', async () => {
    const { code, stderr } = await Child.run(['chat', '--port', takenPort], { input: `${QUESTION}\n` });
    expect(code).toBe(1);
    expect(plainLines(stderr)).toEqual([expect.stringContaining(`Port ${takenPort} is already taken.`)]);
  });
});

describe('serve', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('says where it listens, answers, and ends with 0 on %s', async (signal) => {
    const child = Child.start(['serve']);
    const url = await child.url();
    expect(await (await fetch(`${url}/health/ready`)).json()).toMatchObject({ status: 'healthy', simulated: true });
    expect(await (await chat(url)).json()).toMatchObject({ reply: ANSWER, outcome: 'success' });
    child.signal(signal);
    const { code, stderr } = await child.end();
    expect(code).toBe(0);
    expect(plainLines(stderr)).toHaveLength(1);
  });

  it('finishes the request that it has when it is asked to end', async () => {
    const child = Child.start(['serve'], { environment: { SIMULATOR_FIRST_TOKEN: '1' } });
    const url = await child.url();
    const answer = chat(url);
    await child.said('stdout', /agent\.request_received/);
    child.signal('SIGTERM');
    expect(await (await answer).json()).toMatchObject({ reply: ANSWER });
    expect((await child.end()).code).toBe(0);
  });

  it('ends with 1 and one clear line when its port is taken', async () => {
    const { code, stderr } = await Child.run(['serve'], { environment: { PORT: takenPort } });
    expect({ code, said: plainLines(stderr) }).toEqual({ code: 1, said: [`Port ${takenPort} is already taken. Set PORT to another one, or to 0 for any free one.`] });
  });

  it.each(['abc', '-1', '70000', '1.5', ''])('refuses the port %j', async (port) => {
    const { code, stderr } = await Child.run(['serve', `--port=${port}`]);
    expect(code).toBe(1);
    expect(plainLines(stderr)).toHaveLength(1);
  });

  it('tells in its log that it began and that it ended', async () => {
    const child = Child.start(['serve']);
    await child.url();
    child.signal('SIGTERM');
    const { stdout } = await child.end();
    const events = jsonLines(stdout).map(({ event }) => event);
    expect(events).toEqual(['agent.initialized', 'store.opened', 'health_server.starting', 'application.started', 'application.draining', 'application.shutdown']);
  });
});

describe('simulator', () => {
  it('answers the real SDK, and ends with 0', async () => {
    const child = Child.start(['simulator', '--port', '0']);
    const [, baseURL] = await child.said('stdout', /ANTHROPIC_BASE_URL=(\S+)/);
    const client = new Anthropic({ baseURL: baseURL ?? '', apiKey: 'any', maxRetries: 0 });
    const message = await client.messages.create({ model: 'claude-sonnet-5-5', max_tokens: 100, messages: [{ role: 'user', content: 'Hello' }] });
    expect(message).toMatchObject({ type: 'message', role: 'assistant', stop_reason: 'end_turn', content: [{ type: 'text', text: expect.any(String) }] });
    child.signal('SIGTERM');
    expect((await child.end()).code).toBe(0);
  });
});

describe('the command line', () => {
  it.each([[['--help']], [['help']], [['-h']]])('%j lists the commands on stdout, and nothing else', async (words) => {
    const { code, stdout } = await Child.run(words);
    expect(code).toBe(0);
    for (const command of ['chat', 'ask', 'serve', 'simulator']) expect(stdout).toMatch(new RegExp(`^ {2}${command} `, 'm'));
    expect(stdout).toMatch(/^Usage: task-agent /);
  });

  it.each([
    [['frobnicate'], /unknown command 'frobnicate'/], [['ask', '--frobnicate', 'x'], /unknown option '--frobnicate'/],
    [['ask'], /missing required argument 'question'/], [[], /Usage: task-agent/],
  ])('%j ends with 1 and says why on stderr, and opens no port', async (words, why) => {
    const { code, stdout, stderr } = await Child.run(words);
    expect(code).toBe(1);
    expect(plainLines(stderr).join('\n')).toMatch(why);
    expect(`${stdout}${stderr}`).not.toMatch(/health_server\.starting|https?:\/\//);
  });
});
