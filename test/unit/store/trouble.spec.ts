import { troubleOf as postgresTrouble } from '../../../src/store/postgres/postgres-trouble.js';
import { codeOf, troubleOf as sqliteTrouble } from '../../../src/store/sqlite/sqlite-trouble.js';

const coded = (code: string) => Object.assign(new Error('some words, a timeout among them'), { code });

it.each([
  ['unique', ['23505']], ['reference', ['23503']], ['corrupt', ['XX001', 'XX002']],
  ['lost', ['40001', '40P01', '57P01', '57P02', '57P03', '08000', '08006', '25P03', 'ECONNRESET', 'EPIPE']],
  ['unreachable', ['57014', '53300', '53100', '28P01', '3D000', '25006', 'ECONNREFUSED', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH']],
  ['other', ['42601', '42P01', '23502', '22021', '57P04', 'ERR_SOMETHING']],
] as const)('of Postgres: %s', (trouble, codes) => {
  for (const code of codes) expect([code, postgresTrouble(coded(code))]).toEqual([code, trouble]);
});

it.each([
  ['lost', ['Connection terminated unexpectedly', 'Connection terminated', 'Client has encountered a connection error and is not queryable']],
  ['unreachable', ['timeout exceeded when trying to connect', 'Query read timeout', 'Connection terminated due to connection timeout', 'timeout expired', 'The server does not support SSL connections']],
  ['other', ['syntax error', '']],
] as const)('of the driver, which has words only: %s', (trouble, messages) => {
  for (const message of messages) expect([message, postgresTrouble(new Error(message))]).toEqual([message, trouble]);
});

it.each([
  ['unique', [1555, 2067]], ['reference', [787]], ['corrupt', [11, 26, 267, 523]], ['unreachable', [5, 8, 10, 13, 261, 522, 3338]], ['other', [1, 19, 1299, 275]],
] as const)('of SQLite: %s', (trouble, codes) => {
  for (const errcode of codes) expect([errcode, sqliteTrouble(Object.assign(new Error('SQL'), { errcode }))]).toEqual([errcode, trouble]);
});

it('has a name without a path for what SQLite or the disk refused', () => {
  expect([codeOf({ errcode: 14 }), codeOf({ errcode: 6410 }), codeOf({ errcode: 21 }), codeOf({ code: 'EACCES' }), codeOf(undefined)])
    .toEqual(['SQLITE_CANTOPEN', 'SQLITE_IOERR', 'SQLITE_21', 'EACCES', 'unknown']);
});

it('is none of these for something that is no error', () => {
  expect([postgresTrouble(undefined), sqliteTrouble(null), postgresTrouble('ECONNRESET')]).toEqual(['other', 'other', 'other']);
});
