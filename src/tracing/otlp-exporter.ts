import type { LogRecordExporter } from '@opentelemetry/sdk-logs';
import type { SpanExporter } from '@opentelemetry/sdk-trace';
import { OTLP_PROTOCOLS, type OtlpProtocol, type OtlpSignal, type StandardOtlp } from '../settings/standard-otlp.js';

/** Port 4317 is gRPC by convention; anything else is taken as HTTP. A named protocol wins. */
export function protocolOf(endpoint: string, named: string | undefined): OtlpProtocol {
  return OTLP_PROTOCOLS.find((protocol) => protocol === named) ?? (new URL(endpoint).port === '4317' ? 'grpc' : 'http/protobuf');
}

/** An HTTP endpoint is a base: the signal's path belongs behind it, once. */
export function signalUrl(endpoint: string, signal: OtlpSignal): string {
  const url = new URL(endpoint);
  url.pathname = `${url.pathname.replace(/\/(?:v1\/(?:traces|logs))?$/, '')}/v1/${signal}`;
  return url.href;
}

/**
 * The exporter of spans for the configured endpoint. When the standard variables name it, the exporter reads them itself
 * (headers, certificates, compression); our own `OTLP_ENDPOINT` only fills in for them.
 */
export async function otlpExporter(own: string | undefined, standard: StandardOtlp): Promise<SpanExporter> {
  const { protocol, options } = target(own, standard, 'traces');
  const { OTLPTraceExporter } = protocol === 'grpc' ? await import('@opentelemetry/exporter-trace-otlp-grpc')
    : protocol === 'http/json' ? await import('@opentelemetry/exporter-trace-otlp-http')
    : await import('@opentelemetry/exporter-trace-otlp-proto');
  return new OTLPTraceExporter(options);
}

/** The exporter of log records, by the same rules. */
export async function otlpLogExporter(own: string | undefined, standard: StandardOtlp): Promise<LogRecordExporter> {
  const { protocol, options } = target(own, standard, 'logs');
  const { OTLPLogExporter } = protocol === 'grpc' ? await import('@opentelemetry/exporter-logs-otlp-grpc')
    : protocol === 'http/json' ? await import('@opentelemetry/exporter-logs-otlp-http')
    : await import('@opentelemetry/exporter-logs-otlp-proto');
  return new OTLPLogExporter(options);
}

function target(own: string | undefined, { endpoint: named, protocol: word, timeoutMillis }: StandardOtlp, signal: OtlpSignal) {
  const endpoint = named ?? own ?? '';
  const protocol = protocolOf(endpoint, word);
  const url = protocol === 'grpc' ? endpoint : signalUrl(endpoint, signal);
  return { protocol, options: { timeoutMillis, ...(named === undefined && { url }) } };
}
