// Mutation testing in parts: for each, only the tests of its own room run, or one mutant would take as long as all of them.
// Prints the score of each file; ends with 1 when one is under 80 %. Some minutes a part: npm run mutate, or npm run mutate retry.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const LEAST = 80;
const RESILIENCE = 'src/resilience';
const HISTORY = 'src/agent/history';

/** The tests of a part, below test/unit, and the sources that they must notice every change of. */
const PARTS = {
  retry: ['resilience/{retry,retry-rules,retry-budget}', [`${RESILIENCE}/retry.ts`, `${RESILIENCE}/retry-rules.ts`, `${RESILIENCE}/retry-budget.ts`]],
  breaker: ['resilience/{circuit-breaker*,breaker-window}', [`${RESILIENCE}/circuit-breaker.ts`, `${RESILIENCE}/breaker-window.ts`]],
  bulkhead: ['resilience/{bulkhead*,drain-rate,policy,deadline*}', [`${RESILIENCE}/bulkhead.ts`, `${RESILIENCE}/drain-rate.ts`, `${RESILIENCE}/policy.ts`]],
  history: ['agent/history/*', [`${HISTORY}/valid.ts`, `${HISTORY}/repair.ts`, `${HISTORY}/trim.ts`, `${HISTORY}/blocks.ts`]],
};

/** The share of mutants that a test noticed, in percent, for each file of the last report. */
function scores() {
  const { files } = JSON.parse(readFileSync('reports/mutation/mutation.json', 'utf8'));
  return Object.entries(files).flatMap(([file, { mutants }]) => {
    const count = (...statuses) => mutants.filter(({ status }) => statuses.includes(status)).length;
    const noticed = count('Killed', 'Timeout');
    const valid = noticed + count('Survived', 'NoCoverage');
    return valid === 0 ? [] : [{ file, noticed, valid, percent: (100 * noticed) / valid }];
  });
}

const chosen = process.argv.slice(2);
const rows = Object.entries(PARTS).filter(([name]) => chosen.length === 0 || chosen.includes(name)).flatMap(([, [specs, sources]]) => {
  const { status } = spawnSync(process.execPath, ['node_modules/@stryker-mutator/core/bin/stryker.js', 'run', '--mutate', sources.join(',')], {
    stdio: 'inherit', env: { ...process.env, SPECS: specs },
  });
  if (status === null) process.exit(1);
  return scores();
});
console.log('');
for (const { file, noticed, valid, percent } of rows) console.log(`${file}: ${noticed} of ${valid} mutants noticed, ${percent.toFixed(1)} %`);
if (rows.length === 0 || rows.some(({ percent }) => percent < LEAST)) process.exitCode = 1;
