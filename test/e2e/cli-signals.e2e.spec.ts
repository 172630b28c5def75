import { setTimeout as pause } from 'node:timers/promises';
import { Child } from '../support/child.js';
import { SlowClient } from '../support/slow-client.js';

const QUESTION = 'What is 15 multiplied by 23?';
const SIGNALS = ['SIGTERM', 'SIGINT'] as const;
/** What a process may take to end that was told to end at once. */
const AT_ONCE_MILLISECONDS = 2_000;
/** The model does not answer within the time of any test. */
const HANGING = { SIMULATOR_FIRST_TOKEN: '600', LLM_TIMEOUT: '300', TOTAL_TIMEOUT: '300' };

afterAll(() => Child.killAll());

function chat(url: string): Promise<Response> {
  return fetch(`${url}/chat`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ message: QUESTION }) });
}

/** A question that gets no answer, because the service is gone before. */
function ask(url: string): Promise<unknown> {
  return chat(url).catch(() => undefined);
}

describe('a second signal ends the process at once, although a request hangs', () => {
  it.each(SIGNALS.flatMap((first) => SIGNALS.map((second) => [first, second] as const)))('serve: %s and %s', async (first, second) => {
    const child = Child.start(['serve'], { environment: HANGING });
    const asked = ask(await child.url());
    await child.said('stdout', /agent\.request_received/);
    child.signal(first);
    await child.said('stdout', /application\.draining/);
    child.signal(second);
    expect((await child.end(AT_ONCE_MILLISECONDS)).code).toBe(130);
    await asked;
  });

  it.each(SIGNALS)('chat: %s, with a request beside the conversation', async (signal) => {
    const child = Child.start(['chat'], { environment: HANGING });
    const asked = ask(await child.url());
    await child.said('stderr', /agent\.request_received/);
    child.signal(signal);
    await child.said('stderr', /application\.draining/);
    child.signal(signal);
    expect((await child.end(AT_ONCE_MILLISECONDS)).code).toBe(130);
    await asked;
  });
});

it.each([
  ['its headers', 'POST /chat HTTP/1.1\r\nHost: localhost\r\n'],
  ['its body', 'POST /chat HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"mess'],
])('a request of which %s never come whole does not hold the end of the service, and one that is whole is finished', async (_what, begun) => {
  const child = Child.start(['serve'], { environment: { SIMULATOR_FIRST_TOKEN: '2' } });
  const url = await child.url();
  const answer = chat(url);
  await child.said('stdout', /agent\.request_received/);
  const { socket } = new SlowClient(url).listen();
  socket.write(begun);
  await pause(200);
  child.signal('SIGTERM');
  expect(await (await answer).json()).toMatchObject({ outcome: 'success' });
  expect((await child.end()).code).toBe(0);
});

it.each(SIGNALS)('the first %s ends a conversation from a pipe in order, and lines that wait are not asked', async (signal) => {
  const child = Child.start(['chat'], { environment: HANGING, input: `${QUESTION}\n`.repeat(3) });
  await child.said('stderr', /agent\.request_received/);
  child.signal(signal);
  const { code, stdout, stderr } = await child.end();
  expect(code).toBe(1);
  expect(stdout.match(/Interrupted\./g)).toHaveLength(1);
  expect(stderr.match(/"event":"agent\.request_received"/g)).toHaveLength(1);
  expect(stderr).toMatch(/"event":"application\.shutdown"/);
});
