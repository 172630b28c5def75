import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { InvalidEnvironment } from './environment.schema.js';
import { Settings } from './settings.js';

/**
 * Reads `.env` of the working directory (real variables win) and the environment of this process.
 * @throws InvalidEnvironment
 */
export function readSettings(): Settings {
  if (existsSync('.env')) process.loadEnvFile('.env');
  const problems = badEndpoints();
  try {
    const settings = Settings.from(process.env, packageVersion());
    if (problems.length === 0) return settings;
  } catch (error) {
    if (!(error instanceof InvalidEnvironment)) throw error;
    problems.unshift(...error.problems);
  }
  throw new InvalidEnvironment(problems);
}

/** The folder that holds package.json and config/, wherever the process was started. */
export const APPLICATION_ROOT = fileURLToPath(new URL('../../', import.meta.url));

function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(`${APPLICATION_ROOT}package.json`, 'utf8')) as { version: string };
  return version;
}

const ENDPOINTS = ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_EXPORTER_OTLP_LOGS_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT'];

/** An exporter with a broken address drops everything without a word: better not to start. */
function badEndpoints(): string[] {
  return ENDPOINTS
    .filter((name) => process.env[name]?.trim() && !/^https?:$/.test(URL.parse(process.env[name])?.protocol ?? ''))
    .map((name) => `${name}: must be an http or https URL`);
}

export type OtlpSignal = 'traces' | 'logs';

/** What the standard OTEL_* variables say about the export of a signal; they win over our own. Times in milliseconds. */
export interface StandardOtlp {
  readonly disabled: boolean;
  readonly endpoint: string | undefined;
  readonly protocol: string | undefined;
  readonly timeoutMillis: number;
  readonly batch: { readonly scheduledDelayMillis: number; readonly maxQueueSize: number; readonly maxExportBatchSize: number; readonly exportTimeoutMillis: number };
}

/** How the names of the two signals differ, and the specification's delay. Spans are on wherever they can go, log records only when they are asked for. */
const SIGNALS = {
  traces: { batch: 'OTEL_BSP', word: 'TRACES', delayMillis: 5_000, wanted: (exporter = '') => exporter !== 'none' },
  logs: { batch: 'OTEL_BLRP', word: 'LOGS', delayMillis: 1_000, wanted: (exporter = '') => exporter.split(',').some((each) => each.trim() === 'otlp') },
} as const;

/**
 * Defaults are the specification's, but for the time one export may take: 5 s instead of 10 or 30, because a collector that
 * does not answer would otherwise hold the end of the process that long.
 */
export function standardOtlp(signal: OtlpSignal = 'traces'): StandardOtlp {
  const { env } = process;
  const { batch, word, delayMillis, wanted } = SIGNALS[signal];
  const number = (value: string | undefined, fallback: number) => (value !== undefined && Number(value) > 0 ? Number(value) : fallback);
  const own = (name: string) => [`OTEL_EXPORTER_OTLP_${word}_${name}`, `OTEL_EXPORTER_OTLP_${name}`]
    .map((variable) => env[variable]?.trim()).find((value) => value !== undefined && value !== '');
  const maxQueueSize = number(env[`${batch}_MAX_QUEUE_SIZE`], 2_048);
  return {
    disabled: env.OTEL_SDK_DISABLED?.toLowerCase() === 'true' || !wanted(env[`OTEL_${word}_EXPORTER`]),
    endpoint: own('ENDPOINT'),
    protocol: own('PROTOCOL'),
    timeoutMillis: number(own('TIMEOUT'), 5_000),
    batch: {
      scheduledDelayMillis: number(env[`${batch}_SCHEDULE_DELAY`], delayMillis),
      maxQueueSize,
      maxExportBatchSize: Math.min(number(env[`${batch}_MAX_EXPORT_BATCH_SIZE`], 512), maxQueueSize),
      exportTimeoutMillis: number(env[`${batch}_EXPORT_TIMEOUT`], 5_000),
    },
  };
}
