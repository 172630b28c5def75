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

const ENDPOINTS = ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT'];

/** An exporter with a broken address drops every span without a word: better not to start. */
function badEndpoints(): string[] {
  return ENDPOINTS
    .filter((name) => process.env[name]?.trim() && !/^https?:$/.test(URL.parse(process.env[name])?.protocol ?? ''))
    .map((name) => `${name}: must be an http or https URL`);
}

/** What the standard OTEL_* variables say about the export of traces; they win over our own. Times in milliseconds. */
export interface StandardOtlp {
  readonly disabled: boolean;
  readonly endpoint: string | undefined;
  readonly protocol: string | undefined;
  readonly timeoutMillis: number;
  readonly batch: { readonly scheduledDelayMillis: number; readonly maxQueueSize: number; readonly maxExportBatchSize: number; readonly exportTimeoutMillis: number };
}

/**
 * Defaults are the specification's, but for the time one export may take: 5 s instead of 10 or 30, because a collector that
 * does not answer would otherwise hold the end of the process that long.
 */
export function standardOtlp(): StandardOtlp {
  const { env } = process;
  const number = (value: string | undefined, fallback: number) => (value !== undefined && Number(value) > 0 ? Number(value) : fallback);
  const text = (...names: string[]) => names.map((name) => env[name]?.trim()).find((value) => value !== undefined && value !== '');
  const maxQueueSize = number(env.OTEL_BSP_MAX_QUEUE_SIZE, 2_048);
  return {
    disabled: env.OTEL_SDK_DISABLED?.toLowerCase() === 'true' || env.OTEL_TRACES_EXPORTER === 'none',
    endpoint: text(...ENDPOINTS),
    protocol: text('OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', 'OTEL_EXPORTER_OTLP_PROTOCOL'),
    timeoutMillis: number(text('OTEL_EXPORTER_OTLP_TRACES_TIMEOUT', 'OTEL_EXPORTER_OTLP_TIMEOUT'), 5_000),
    batch: {
      scheduledDelayMillis: number(env.OTEL_BSP_SCHEDULE_DELAY, 5_000),
      maxQueueSize,
      maxExportBatchSize: Math.min(number(env.OTEL_BSP_MAX_EXPORT_BATCH_SIZE, 512), maxQueueSize),
      exportTimeoutMillis: number(env.OTEL_BSP_EXPORT_TIMEOUT, 5_000),
    },
  };
}
