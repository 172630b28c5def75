import { jest } from '@jest/globals';
import { cleanUp } from '../../support/database.js';
import { freshDatabaseUrl, stopSharedServer } from '../../support/postgres.js';
import { massacre, type Aftermath } from '../../support/survival/massacre.js';

/** A hundred in `npm run test:survival`, which takes seven minutes on two cores; a thousand in the nightly run. */
const KILLS = process.env.NIGHTLY === '1' ? 1_000 : Number(process.env.KILLS ?? 10);
jest.setTimeout(KILLS * 6_000 + 60_000);
afterEach(cleanUp);
afterAll(stopSharedServer);

function expectNothingLost(aftermath: Aftermath): void {
  process.stderr.write(`${JSON.stringify({ ...aftermath, failed: aftermath.failed.length })}\n`);
  expect(aftermath).toMatchObject({ lost: [], invalid: [], chargedTwice: [], unfinished: 0, violations: [] });
  expect(aftermath.bought).toBeGreaterThan(KILLS);
  expect(aftermath.resumed).toBeGreaterThan(KILLS / 4);
  expect(aftermath.failed.filter(({ code }) => code !== 'attempts_exhausted')).toEqual([]);
}

it('loses no answer, repeats no charge and leaves no run open when its process is killed, on a SQLite file', async () => {
  expectNothingLost(await massacre({ kills: KILLS, replicas: 1, environment: {} }));
});

it('the same, on two replicas with one Postgres', async () => {
  expectNothingLost(await massacre({ kills: KILLS, replicas: 2, environment: { DATABASE_URL: await freshDatabaseUrl() } }));
});
