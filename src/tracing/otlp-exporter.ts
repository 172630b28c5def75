import type { SpanExporter } from '@opentelemetry/sdk-trace';
import type { StandardOtlp } from '../settings/process-environment.js';

export type OtlpProtocol = 'grpc' | 'http/protobuf' | 'http/json';

/** Port 4317 is gRPC by convention; anything else is taken as HTTP. A named protocol wins. */
export function protocolOf(endpoint: string, named: string | undefined): OtlpProtocol {
  if (named === 'grpc' || named === 'http/protobuf' || named === 'http/json') return named;
  return new URL(endpoint).port === '4317' ? 'grpc' : 'http/protobuf';
}

/** An HTTP endpoint is a base: the signal's path belongs behind it, once. */
export function tracesUrl(endpoint: string): string {
  const url = new URL(endpoint);
  if (!url.pathname.endsWith('/v1/traces')) url.pathname = `${url.pathname.replace(/\/$/, '')}/v1/traces`;
  return url.href;
}

/**
 * The exporter for the configured endpoint. When the standard variables name it, the exporter reads them itself (headers,
 * certificates, compression); our own `OTLP_ENDPOINT` only fills in for them.
 */
export async function otlpExporter(own: string | undefined, standard: StandardOtlp): Promise<SpanExporter> {
  const { timeoutMillis } = standard;
  const endpoint = standard.endpoint ?? own ?? '';
  const protocol = protocolOf(endpoint, standard.protocol);
  if (protocol === 'grpc') {
    const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-grpc');
    return new OTLPTraceExporter({ timeoutMillis, ...(standard.endpoint === undefined && { url: endpoint }) });
  }
  const { OTLPTraceExporter } = protocol === 'http/json'
    ? await import('@opentelemetry/exporter-trace-otlp-http')
    : await import('@opentelemetry/exporter-trace-otlp-proto');
  return new OTLPTraceExporter({ timeoutMillis, ...(standard.endpoint === undefined && { url: tracesUrl(endpoint) }) });
}
