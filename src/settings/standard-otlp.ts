export type OtlpSignal = 'traces' | 'logs';

export const OTLP_PROTOCOLS = ['grpc', 'http/protobuf', 'http/json'] as const;
export type OtlpProtocol = (typeof OTLP_PROTOCOLS)[number];

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
  traces: { batch: 'OTEL_BSP', word: 'TRACES', delayMillis: 5_000, unset: 'otlp' },
  logs: { batch: 'OTEL_BLRP', word: 'LOGS', delayMillis: 1_000, unset: 'none' },
} as const;

const EXPORTERS = ['otlp', 'none'];
const PROTOCOLS: readonly string[] = OTLP_PROTOCOLS;
const ENDPOINTS = ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_EXPORTER_OTLP_LOGS_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT'];

/**
 * What the standard variables ask for and can not have, one line each, without their values: an address may hold a password. The
 * specification would go on with a warning; here it would be telemetry that is off and nobody knows, so the process does not start.
 */
export function otlpProblems(): string[] {
  if (isDisabled()) return [];
  return [
    ...refused(ENDPOINTS, (value) => /^https?:$/.test(URL.parse(value)?.protocol ?? ''), 'must be an http or https URL'),
    ...refused(['OTEL_EXPORTER_OTLP_PROTOCOL', 'OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', 'OTEL_EXPORTER_OTLP_LOGS_PROTOCOL'], (value) => PROTOCOLS.includes(value.toLowerCase()), `must be one of ${PROTOCOLS.join(', ')}`),
    ...refused(['OTEL_TRACES_EXPORTER', 'OTEL_LOGS_EXPORTER'], (value) => EXPORTERS.includes(value.toLowerCase()), `must be ${EXPORTERS.join(' or ')}; TRACE_CONSOLE shows spans on stderr`),
  ];
}

function refused(names: readonly string[], isGood: (value: string) => boolean, complaint: string): string[] {
  return names.filter((name) => {
    const value = said(name);
    return value !== undefined && !isGood(value);
  }).map((name) => `${name}: ${complaint}`);
}

/** Names of the specification are told apart by their letters only, not by their case. */
function exporterOf(signal: OtlpSignal): string | undefined {
  return said(`OTEL_${SIGNALS[signal].word}_EXPORTER`)?.toLowerCase();
}

function isDisabled(): boolean {
  return said('OTEL_SDK_DISABLED')?.toLowerCase() === 'true';
}

/** An empty variable is none, says the specification. */
function said(name: string): string | undefined {
  return process.env[name]?.trim() || undefined;
}

/**
 * Defaults are the specification's, but for the time one export may take: 5 s instead of 10 or 30, because a collector that
 * does not answer would otherwise hold the end of the process that long.
 */
export function standardOtlp(signal: OtlpSignal = 'traces'): StandardOtlp {
  const { env } = process;
  const { batch, word, delayMillis, unset } = SIGNALS[signal];
  const number = (value: string | undefined, fallback: number) => (value !== undefined && Number(value) > 0 ? Number(value) : fallback);
  const own = (name: string) => said(`OTEL_EXPORTER_OTLP_${word}_${name}`) ?? said(`OTEL_EXPORTER_OTLP_${name}`);
  const maxQueueSize = number(env[`${batch}_MAX_QUEUE_SIZE`], 2_048);
  return {
    disabled: isDisabled() || (exporterOf(signal) ?? unset) !== 'otlp',
    endpoint: own('ENDPOINT'),
    protocol: own('PROTOCOL')?.toLowerCase(),
    timeoutMillis: number(own('TIMEOUT'), 5_000),
    batch: {
      scheduledDelayMillis: number(env[`${batch}_SCHEDULE_DELAY`], delayMillis),
      maxQueueSize,
      maxExportBatchSize: Math.min(number(env[`${batch}_MAX_EXPORT_BATCH_SIZE`], 512), maxQueueSize),
      exportTimeoutMillis: number(env[`${batch}_EXPORT_TIMEOUT`], 5_000),
    },
  };
}
