import { jest } from '@jest/globals';
import { Simulator } from '../../../src/llm/simulator/simulator.js';
import { cleanUp } from '../../support/database.js';
import { eventually } from '../../support/eventually.js';
import { execute, freshDatabaseUrl, stopSharedServer } from '../../support/postgres.js';
import { RunsClient } from '../../support/runs-client.js';
import { Replica } from '../../support/survival/replica.js';

jest.setTimeout(60_000);

let simulator: Simulator;
let url: string;
let replica: Replica;

const start = () => Replica.start({ ANTHROPIC_API_KEY: 'test-key-0123456789', ANTHROPIC_BASE_URL: simulator.url, DATABASE_URL: url });

beforeEach(async () => {
  simulator = await Simulator.start({ timeToFirstTokenMilliseconds: 500 });
  url = await freshDatabaseUrl();
  replica = await start();
});
afterEach(async () => {
  await replica.end('SIGKILL');
  await simulator.close();
  await cleanUp();
});
afterAll(stopSharedServer);

/** How often workers were told of a run. */
async function messagesOf(runId: string): Promise<number> {
  const [row] = await execute(url, `select count(*) from task_agent_queue.job where data->>'runId' = '${runId}'`);
  return Number(row?.['count']);
}

it('a run that a deploy hands back is offered to the others at once, and nobody waits until somebody looks', async () => {
  const client = new RunsClient(replica.url);
  const { run_id: id } = await (await client.create({ message: 'What is 15 multiplied by 23?' }, { prefer: 'respond-async' })).json() as { run_id: string };
  await eventually(() => simulator.requestCount === 1);
  const before = await messagesOf(id);
  expect(await replica.end('SIGTERM')).toBe(0);
  expect(await messagesOf(id)).toBe(before + 1);
  replica = await start();
  const successor = new RunsClient(replica.url);
  await eventually(async () => (await successor.json(`/v1/runs/${id}`)).outcome === 'success', 20_000);
});
