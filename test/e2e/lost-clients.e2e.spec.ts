import { connect, type Socket } from 'node:net';
import type { RunResult } from '../../src/agent/run-result.js';
import { eventually } from '../support/eventually.js';
import { requestBytes } from '../support/raw-http.js';
import { RunningApplication } from '../support/running-application.js';

/** Milliseconds until the model must see that nobody waits any more. It takes a few; the machine may have other work. */
const ABORTED_MILLISECONDS = 1_000;
const LEAVING = { 'a reset': (socket: Socket) => socket.resetAndDestroy(), 'a FIN': (socket: Socket) => socket.end() } as const;
const WANTED = { 'a stream': 'text/event-stream', JSON: 'application/json' } as const;
const CASES = Object.keys(WANTED).flatMap((wanted) => Object.keys(LEAVING).map((leaving) => [wanted, leaving] as [keyof typeof WANTED, keyof typeof LEAVING]));
/** Events of the simulator's stream that begin a text. */
const BEGINNING = 5;

let service: RunningApplication;
beforeAll(async () => {
  service = await RunningApplication.start();
});
afterAll(async () => {
  await service.stop();
  expect(service.simulator.violations).toEqual([]);
});

function ask(body: object, accept: string): Socket {
  const { hostname, port } = new URL(service.url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  socket.resume().write(requestBytes({ headers: { 'content-type': 'application/json', accept, connection: 'keep-alive' }, body: JSON.stringify(body) }));
  return socket;
}

async function told(message: string, id?: string): Promise<RunResult> {
  return (await service.chat({ message, ...(id !== undefined && { conversation_id: id }) })).json() as Promise<RunResult>;
}

it.each(CASES)('a client of %s that leaves with %s takes its model call with it, and its conversation goes on as if it had not asked', async (wanted, leaving) => {
  const { simulator } = service;
  const { conversation_id: id } = await told('What is 2 + 3?');
  const calls = simulator.requestCount;
  simulator.enqueue({ kind: 'hang' });
  const socket = ask({ message: 'Tell me a story', conversation_id: id }, WANTED[wanted]);
  await eventually(() => simulator.requestCount > calls && simulator.inFlight === 1);

  const leftAt = performance.now();
  LEAVING[leaving](socket);
  await eventually(() => simulator.requests.at(-1)?.clientClosed === true);
  const took = performance.now() - leftAt;
  process.stderr.write(`${wanted}, ${leaving}: model call aborted after ${took.toFixed()} ms\n`);
  expect(took).toBeLessThan(ABORTED_MILLISECONDS);

  await eventually(async () => (await service.metric('agent_requests_active')) === 0);
  expect(simulator.inFlight).toBe(0);
  expect(await told('What is 3 + 4?', id)).toMatchObject({ outcome: 'success', reply: '3 + 4 equals 7.', conversation_id: id });
  const history = JSON.stringify(simulator.requests.at(-1)?.body);
  expect(history).toContain('2 + 3');
  expect(history).not.toContain('story');
});

it.each(Object.keys(LEAVING) as (keyof typeof LEAVING)[])('a client that leaves with %s in the middle of the text does so, too', async (leaving) => {
  const { simulator } = service;
  const { conversation_id: id } = await told('What is 2 + 3?');
  const text = 'otter '.repeat(2_000);
  simulator.enqueue({ kind: 'tools', text, calls: [{ name: 'calculator', input: { expression: '1 + 1' } }] }, { kind: 'hang' });
  const calls = simulator.requestCount;
  const socket = ask({ message: 'Tell me a story', conversation_id: id }, 'text/event-stream');
  let received = '';
  socket.setEncoding('utf8').on('data', (piece: string) => { received += piece; });
  await eventually(() => received.split('\n').filter((line) => line === 'event: text.delta').length > BEGINNING && simulator.requestCount === calls + 2);
  LEAVING[leaving](socket);
  await eventually(() => simulator.requests.at(-1)?.clientClosed === true && simulator.inFlight === 0);
  expect(await told('What is 3 + 4?', id)).toMatchObject({ outcome: 'success', reply: '3 + 4 equals 7.' });
  expect(JSON.stringify(simulator.requests.at(-1)?.body)).not.toContain('otter');
});
