// A process of its own with a store: database-child.mjs <open|write> <path or URL>
// Says what it did, a line at a time, and goes on until it is ended.
import { randomUUID } from 'node:crypto';

const built = (path) => import(new URL(`../../dist/store/${path}`, import.meta.url).href);
const [{ Database }, { SqlRunStore }, { SqliteEngine }, { PostgresEngine }] = await Promise.all([
  built('sql/database.js'), built('sql/sql-run-store.js'), built('sqlite/sqlite-engine.js'), built('postgres/postgres-engine.js'),
]);
const [what, where] = process.argv.slice(2);
const say = (words) => process.stdout.write(`${words}\n`);

const database = new Database(where.startsWith('postgres:') ? new PostgresEngine(where) : new SqliteEngine(where));
say('opening');
try {
  await database.open();
} catch (error) {
  say(`${error.code} ${error.publicMessage}`);
  process.exit(78);
}
say('ready');
if (what === 'open') await database.close();
if (what === 'write') {
  const runs = new SqlRunStore(database, randomUUID(), 30_000);
  for (;;) {
    const id = randomUUID();
    await runs.begin({ id, conversationId: `conv_${id}`, mayBeginConversation: true, correlationId: 'c', channel: 'http', message: 'Hello', detached: true, priority: 5 });
    await runs.append({ runId: id, fence: 1 }, [{ seq: 1, at: 1, type: 'text', data: { text: 'x'.repeat(2_000) } }]);
    await runs.end({ runId: id, fence: 1 }, { outcome: 'success', turns: [{ role: 'user', content: id }], events: [], forgetKey: false });
    say(`ended ${id}`);
  }
}
