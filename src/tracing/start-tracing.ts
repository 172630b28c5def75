import { diag, DiagLogLevel } from '@opentelemetry/api';
import type { SpanProcessor } from '@opentelemetry/sdk-trace';
import { standardOtlp, type StandardOtlp } from '../settings/standard-otlp.js';
import type { ServiceSettings, TracingSettings } from '../settings/settings.js';
import { ATTRIBUTE_CHARACTERS } from './attributes.js';
import { TraceExport } from './trace-export.js';

/**
 * Starts tracing when an exporter is configured, and imports OpenTelemetry's SDK only then: it costs a tenth
 * of a second of start-up and 20 MB (docs/decisions/0011). Must run before Nest, so that the first span is seen.
 */
export async function startTracing(settings: TracingSettings, service: ServiceSettings, standard = standardOtlp()): Promise<TraceExport> {
  const endpoint = standard.endpoint ?? settings.otlpEndpoint;
  if (standard.disabled || (endpoint === undefined && !settings.console)) return new TraceExport();

  const { NodeSDK } = await import('@opentelemetry/sdk-node');
  const { serviceResource } = await import('./service-resource.js');
  const tracing: TraceExport = new TraceExport(true, () => sdk.shutdown(), endpoint !== undefined);
  const sdk = new NodeSDK({
    resource: serviceResource(service),
    autoDetectResources: false,
    spanProcessors: [...await consoleProcessor(settings), ...await otlpProcessor(settings, standard, tracing)],
    metricReaders: [],
    logRecordProcessors: [],
    spanLimits: { attributeValueLengthLimit: ATTRIBUTE_CHARACTERS },
  });
  listenToSdk(tracing);
  sdk.start();
  return tracing;
}

async function consoleProcessor(settings: TracingSettings): Promise<SpanProcessor[]> {
  if (!settings.console) return [];
  const { SimpleSpanProcessor } = await import('@opentelemetry/sdk-trace');
  const { LineExporter } = await import('./line-exporter.js');
  return [new SimpleSpanProcessor({ exporter: new LineExporter() })];
}

async function otlpProcessor(settings: TracingSettings, standard: StandardOtlp, tracing: TraceExport): Promise<SpanProcessor[]> {
  if ((standard.endpoint ?? settings.otlpEndpoint) === undefined) return [];
  const { BatchSpanProcessor } = await import('@opentelemetry/sdk-trace');
  const { otlpExporter } = await import('./otlp-exporter.js');
  const { WatchedExporter } = await import('./watched-exporter.js');
  const exporter = new WatchedExporter(await otlpExporter(settings.otlpEndpoint, standard), tracing);
  return [new BatchSpanProcessor({ exporter, ...standard.batch })];
}

/** The SDK tells of dropped spans in prose only. */
function listenToSdk(tracing: TraceExport): void {
  const listen = (said: string) => {
    const message = plainWords(said);
    const dropped = /dropped (\d+) spans/i.exec(message);
    if (dropped) tracing.exported('dropped', Number(dropped[1]));
    tracing.problem(message);
  };
  diag.setLogger(
    { error: listen, warn: listen, info: () => undefined, debug: () => undefined, verbose: () => undefined },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
}

/**
 * An error comes as JSON, with its stack and with what the collector answered. Only the message is for the log; it is also what the
 * exporter told before, and so no news.
 */
export function plainWords(said: string): string {
  try {
    const { message } = Object(JSON.parse(said)) as { readonly message?: unknown };
    return typeof message === 'string' ? message : said;
  } catch {
    return said;
  }
}
