import { jest } from '@jest/globals';
import { PassThrough } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import type { AgentService, Question } from '../../../src/agent/agent.service.js';
import { ChatCommand } from '../../../src/cli/chat.command.js';
import type { Greeting } from '../../../src/cli/greeting.js';
import type { HttpServer } from '../../../src/http/http-server.js';
import type { Lifecycle } from '../../../src/http/lifecycle.js';
import type { Work } from '../../../src/worker/work.js';
import { Failure } from '../../../src/kernel/failure.js';

const realInput = process.stdin;
afterEach(() => {
  Object.defineProperty(process, 'stdin', { value: realInput, configurable: true });
  process.exitCode = undefined;
  jest.restoreAllMocks();
});

/** Runs `chat` with this input, on a machine that needs a while to listen. Returns the lines that the agent was asked. */
async function chatWith(input: string): Promise<string[]> {
  Object.defineProperty(process, 'stdin', { value: new PassThrough().end(input), configurable: true });
  jest.spyOn(process.stdout, 'write').mockReturnValue(true);
  jest.spyOn(process.stderr, 'write').mockReturnValue(true);
  const asked: string[] = [];
  const ask = async ({ message }: Question): Promise<never> => {
    asked.push(message);
    await pause(5);
    throw new Failure('not_now', { errorType: 'execution', publicMessage: 'Not now.' });
  };
  const command = new ChatCommand(
    { ask } as unknown as AgentService, { listen: () => pause(50, 'http://127.0.0.1:1') } as unknown as HttpServer,
    { drain: async () => undefined, limits: { drainMilliseconds: 1_000 } } as unknown as Lifecycle, { started: () => undefined, served: () => '' } as unknown as Greeting,
    { open: async () => undefined, start: () => undefined } as unknown as Work,
  );
  await command.run([], {});
  return asked;
}

it('loses no line that came before it was ready to read', async () => {
  expect(await chatWith('one\ntwo\nthree')).toEqual(['one', 'two', 'three']);
});

it('asks nothing after a farewell', async () => {
  expect(await chatWith('one\nquit\ntwo\n')).toEqual(['one']);
});
