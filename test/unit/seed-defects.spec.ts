import { readFileSync } from 'node:fs';

/** A test by its file below test/ and a part of its title. */
type Proof = readonly [file: string, title: string];

const METRICS = 'e2e/metrics.e2e.spec.ts';
const PILLARS = 'e2e/three-pillars.e2e.spec.ts';
const SYMPTOMS = 'integration/alerts/symptom-cases.ts';
const CONFIG = 'integration/alerts/config.spec.ts';
const TRUTH = 'stack/alerts.spec.ts';

/**
 * What was wrong with the program that this one began as, and the test that fails when it comes back. The numbers are those under which the
 * defects were found.
 */
const DEFECTS: readonly (readonly [number, string, ...Proof[]])[] = [
  [1, 'it did not start: a name that is not there was imported', ['e2e/cli.e2e.spec.ts', 'prints the answer and nothing else, and ends with 0']],
  [2, 'its retry was called with an argument that it does not take', ['unit/resilience/retry.spec.ts', 'is made again after a wait']],
  [3, 'every successful request ended as an error', [METRICS, '%s shows'], [TRUTH, 'are quiet while all is well']],
  [4, 'the metrics were those of another process', [TRUTH, 'of one that shows something else'], [SYMPTOMS, 'MetricsMissing']],
  [5, 'a collector that could not be used was ignored without a word', ['e2e/otlp-service.e2e.spec.ts', 'telemetry is never silently off']],
  [6, 'prometheus.yml did not load, alerted nobody and scraped itself', [CONFIG, 'it would not have started'], ['unit/compose/compose-file.spec.ts', 'mounts only what exists']],
  [7, 'the health check of the image asked a route that did not exist', ['unit/compose/dockerfile.spec.ts', 'whether it is alive, not whether it is ready']],
  [8, 'the state of a breaker was in a label that no alert looked at', ['unit/metrics/metrics.pillar.spec.ts', 'shows a breaker as one-hot'], [SYMPTOMS, 'CircuitBreakerOpen']],
  [9, 'breakers never told of their state', [METRICS, 'shows the breaker %s closed'], [TRUTH, 'tell of a model that fails']],
  [10, 'tools that failed were counted as successes', ['unit/observability/observer.spec.ts', 'shows a failure in all pillars with one error type']],
  [11, 'each user was a series, and the first failure of each was lost', ['unit/metrics/metrics.pillar.spec.ts', 'so that its first trip is seen as a rise'], ['unit/metrics/cardinality.spec.ts', 'are less than a megabyte as %s']],
  [12, 'no ratio before the first error, and NaN after the last', [METRICS, 'has %s with all of %j'], ['../src/slo/rule-tests.ts', 'NaN would poison averages']],
  [13, 'a model without a price was free', ['unit/llm/pricing.spec.ts', 'rather than none to pay']],
  [14, 'a refusal, a cut answer and too many steps counted as success', ['e2e/chat-failures.e2e.spec.ts', 'a refusal'], ['e2e/chat-failures.e2e.spec.ts', 'a reply cut by max_tokens']],
  [15, 'retries were hidden and the environment was written into the code', ['unit/resilience/retry.spec.ts', 'each wait is told before it begins'], [METRICS, 'says what runs']],
  [16, 'histograms ended below the time limits', [METRICS, 'has %s with all of %j']],
  [17, 'HighTokenUsage compared tokens a second with a limit per hour', [SYMPTOMS, 'HighTokenUsage']],
  [18, 'FrequentCircuitBreakerTrips needed more trips than can happen', [SYMPTOMS, 'FrequentCircuitBreakerTrips'], [TRUTH, 'FrequentCircuitBreakerTrips']],
  [19, 'burn rates had one window and wrong sums', ['../src/slo/rule-tests.ts', 'is a ticket and no page'], [TRUTH, 'say of each alert that it is over']],
  [20, 'alerts were silent about little traffic, about what is missing, and told of each instance apart', [SYMPTOMS, 'LLMAPIErrors'], ['integration/alerts/symptoms.spec.ts', 'knows of no process at all']],
  [21, 'ratios were divided label by label and always one', [SYMPTOMS, 'less than 1 % fail']],
  [22, 'templates that Prometheus refuses, and dashboards of metrics that do not exist', [CONFIG, 'takes the configuration and every rule'], ['unit/dashboards/queries.spec.ts', 'names metrics, labels and values that exist']],
  [23, 'inhibition that could not match, secrets in the file, no watchdog', [CONFIG, 'no receiver has a secret in it'], [TRUTH, 'told whom they should']],
  [24, 'lines of text inside the JSON, without ids', [PILLARS, 'carry one correlation id and one trace id on every line'], ['unit/logging/log.spec.ts', 'and those of no other']],
  [25, 'secrets and private words in logs and spans', ['unit/logging/logging.pillar.spec.ts', 'is shown without secrets and cut short by default'], ['unit/observability/observer.spec.ts', 'redacts what failed before anyone sees it']],
  [26, 'one exception was recorded six times', ['unit/tracing/tracing.pillar.spec.ts', 'says why it failed, once']],
  [27, 'a disk that fills up took every replica out, and probes filled the log', ['e2e/health.e2e.spec.ts', 'the service is degraded, and still takes requests'], ['e2e/health.e2e.spec.ts', 'only when the verdict changes']],
  [28, 'settings that nothing read, ids as labels of Loki, images without a version', ['unit/docs/docs.spec.ts', 'environment variables'], ['unit/compose/compose-file.spec.ts', 'pins every image by version and digest'], ['unit/compose/stack-config.spec.ts', 'with their ids as structured metadata'], ['unit/dashboards/provisioning.spec.ts', 'lead from a metric to its trace']],
];

it('knows of every defect', () => {
  expect(DEFECTS.map(([number]) => number)).toEqual(Array.from({ length: 28 }, (_, index) => index + 1));
});

it.each(DEFECTS)('%i. %s: can not come back', (_number, _what, ...rest) => {
  const proofs = rest as readonly Proof[];
  for (const [file, title] of proofs) {
    const holds = readFileSync(`test/${file}`, 'utf8').includes(title);
    expect({ file, title, holds }).toEqual({ file, title: expect.stringMatching(/./), holds: true });
  }
});
