import { sql } from 'kysely';
import type { IdempotencyClaim } from '../run-record.js';
import { RUN_COLUMNS, type RunRow } from './run-rows.js';
import { Statement } from './statement.js';

/** After this long a key may be used for something else. */
export const KEY_MILLISECONDS = 24 * 3_600_000;

interface KeyOfRun { readonly claim: IdempotencyClaim; readonly runId: string }

/** Takes a key that is new or too old. Changes nothing when it is in use; waits for whoever is using it right now. */
export const claimKey = new Statement<KeyOfRun>(({ kysely, now }, given) => kysely.insertInto('idempotency_keys')
  .values({
    route: given(({ claim }) => claim.route), key: given(({ claim }) => claim.key), fingerprint: given(({ claim }) => claim.fingerprint),
    run_id: given(({ runId }) => runId), created_at: now,
  })
  .onConflict((conflict) => conflict.columns(['route', 'key'])
    .doUpdateSet((row) => ({ fingerprint: row.ref('excluded.fingerprint'), run_id: row.ref('excluded.run_id'), created_at: row.ref('excluded.created_at') }))
    .where((row) => row('idempotency_keys.created_at', '<', row(now, '-', row.val(KEY_MILLISECONDS))))));

/** Takes a key whose run is gone from the one that had it. */
export const takeKeyOver = new Statement<KeyOfRun & { readonly from: string }>(({ kysely, now }, given) => kysely.updateTable('idempotency_keys')
  .set({ fingerprint: given(({ claim }) => claim.fingerprint), run_id: given(({ runId }) => runId), created_at: now })
  .where('route', '=', given(({ claim }) => claim.route))
  .where('key', '=', given(({ claim }) => claim.key))
  .where('run_id', '=', given(({ from }) => from)));

/** Who has a key. */
export const keyHolder = new Statement<IdempotencyClaim, { readonly fingerprint: string; readonly run_id: string }>(({ kysely }, given) => kysely
  .selectFrom('idempotency_keys')
  .select(['fingerprint', 'run_id'])
  .where('route', '=', given((claim) => claim.route))
  .where('key', '=', given((claim) => claim.key)));

export const forgetKeysOf = new Statement<string>(({ kysely }, given) => kysely.deleteFrom('idempotency_keys').where('run_id', '=', given((id) => id)));


/** The run that has a key of the last 24 hours. */
export const knownRun = new Statement<IdempotencyClaim, RunRow & { readonly fingerprint: string }>(({ kysely, now }, given) => kysely
  .selectFrom('idempotency_keys').innerJoin('runs', 'runs.id', 'idempotency_keys.run_id')
  .select(RUN_COLUMNS).select('idempotency_keys.fingerprint')
  .where('route', '=', given((claim) => claim.route))
  .where('key', '=', given((claim) => claim.key))
  .where(({ eb }) => eb('idempotency_keys.created_at', '>=', eb(now, '-', eb.val(KEY_MILLISECONDS)))));

/** Few enough to be deleted at once. */
export const MOST_KEYS_AT_ONCE = 200;

export const forgetOldKeys = new Statement<void>(({ kysely, now }) => kysely.deleteFrom('idempotency_keys')
  .where((key) => key(key.refTuple('route', 'key'), 'in', key.selectFrom('idempotency_keys as old').select(['old.route', 'old.key'])
    .where((old) => old('old.created_at', '<', old(now, '-', old.val(KEY_MILLISECONDS))))
    .orderBy('old.created_at').limit(sql.lit(MOST_KEYS_AT_ONCE))
    .$asTuple('route', 'key'))));
