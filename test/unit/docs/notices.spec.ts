import { readFileSync, writeFileSync } from 'node:fs';
import { renderNotices } from '../../support/docs/render-notices.js';

const FILE = 'THIRD_PARTY_NOTICES.md';
/** Licences that let anybody use, change and pass on what we build; a new one is a decision. */
const ACCEPTED = /^(?:\(?(?:MIT|ISC|Apache-2\.0|BSD-[23]-Clause|0BSD|BlueOak-1\.0\.0|Python-2\.0|CC0-1\.0|Unlicense|MIT-0)(?: (?:OR|AND) )?)+\)?/;

it('names every package of a production install with its licence', () => {
  const wanted = renderNotices();
  if (process.env.UPDATE_DOCS === '1') writeFileSync(FILE, wanted);
  expect(readFileSync(FILE, 'utf8')).toBe(wanted);
});

it('finds no licence that somebody has to decide about', () => {
  const licences = [...renderNotices().matchAll(/^\| \S+ \| \S+ \| (.+) \|$/gm)].map(([, licence]) => licence ?? '').filter((licence) => licence !== 'Licence');
  expect(licences.length).toBeGreaterThan(100);
  expect(licences.filter((licence) => !ACCEPTED.test(licence))).toEqual([]);
});
