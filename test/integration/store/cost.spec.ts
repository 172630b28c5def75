import type { Message } from '../../../src/kernel/transcript.js';
import { cleanUp, ending, event, fileDatabase, Stores } from '../../support/database.js';

const CONVERSATIONS = 1_000;
const TURNS = 5;

afterEach(cleanUp);

/** The store's part of a run with two model calls and one tool call, in a conversation that has five turns. */
async function typicalRun(stores: Stores, conversationId: string): Promise<void> {
  await stores.reader.history(conversationId);
  const lease = await stores.begun({ conversationId });
  const { runId } = lease;
  await stores.runs.append(lease, [1, 2, 3].map((seq) => event(seq)));
  await stores.runs.append(lease, [4, 5].map((seq) => event(seq)));
  await stores.runs.append(lease, [6, 7].map((seq) => event(seq)));
  await stores.observations.append(runId, Array.from({ length: 12 }, (_, at) => ({ at, name: 'llm.call', data: { model: 'm', tokens: at } })));
  await stores.runs.end(lease, ending({ result: { text: 'It is 4.' }, turns: [] }));
}

it('costs little beside a model call', async () => {
  const stores = new Stores(await fileDatabase());
  const turns: readonly Message[] = [{ role: 'user', content: 'What is 2 + 2?' }, { role: 'assistant', content: [{ type: 'text', text: 'It is 4.' }] }];
  const conversations = Array.from({ length: CONVERSATIONS }, (_, number) => `conv_${number}`);
  for (const conversationId of conversations) for (let turn = 0; turn < TURNS; turn++) await stores.ended({ conversationId }, { turns });
  for (const conversationId of conversations) await typicalRun(stores, conversationId);
  const before = process.cpuUsage();
  const begun = performance.now();
  for (const conversationId of conversations) await typicalRun(stores, conversationId);
  const { user, system } = process.cpuUsage(before);
  const [cpu, kernel, time] = [(user + system) / 1_000, system / 1_000, performance.now() - begun].map((milliseconds) => (milliseconds / CONVERSATIONS).toFixed(3));
  process.stderr.write(`store, SQLite file, a typical run: ${cpu} ms CPU (${kernel} of it in the kernel), ${time} ms by the clock\n`);
  expect(await stores.reader.history('conv_0')).toHaveLength(2 * TURNS);
});
