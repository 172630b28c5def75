import type { Migration } from 'kysely/migration';
import { runs } from './0001-runs.js';

/** Every change of the schema, under a name that never changes, in the order of the names. */
export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001-runs': runs,
};
