import { ROOT_CONTEXT, SeverityNumber, trace, type AnyValue, type Attributes, type Context, type LogRecord } from '@opentelemetry/api';

type Line = Readonly<Record<string, unknown>>;

const SEVERITIES: Readonly<Record<string, SeverityNumber>> = {
  debug: SeverityNumber.DEBUG, info: SeverityNumber.INFO, warning: SeverityNumber.WARN, error: SeverityNumber.ERROR, critical: SeverityNumber.FATAL,
};

/** What has a place of its own in a record. `event` has one, too, but is queried as an attribute. */
const PLACED = new Set(['message', 'level', 'timestamp', 'trace_id', 'span_id', 'trace_flags']);

/**
 * One finished line of the log as a record: the message is the body, the ids of the span are the record's, all else is an
 * attribute under the name it has in the line. Objects become JSON, because stores of logs would make one label of each leaf.
 * @throws SyntaxError when the line is not JSON.
 */
export function logRecordOf(line: string): LogRecord {
  const { message, level, timestamp, event, ...fields } = JSON.parse(line) as Line;
  return {
    body: text(message) ?? text(event) ?? '',
    severityText: text(level) ?? '',
    severityNumber: SEVERITIES[String(level)] ?? SeverityNumber.UNSPECIFIED,
    // As a Date: a number would be taken for a time since the process began when the clock was set back.
    ...(typeof timestamp === 'string' && { timestamp: new Date(timestamp) }),
    ...(typeof event === 'string' && { eventName: event }),
    attributes: attributesOf({ event, ...fields }),
    context: contextOf(fields),
  };
}

function attributesOf(fields: Line): Attributes {
  const attributes: Record<string, AnyValue> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (name !== '' && !PLACED.has(name) && value !== undefined && value !== null) attributes[name] = shown(value);
  }
  return attributes;
}

function shown(value: unknown): AnyValue {
  if (typeof value !== 'object') return value;
  const plain = Array.isArray(value) && value.every((entry) => typeof entry === 'string');
  return plain ? value : JSON.stringify(value);
}

/** Not the active context: the line says which span it belongs to, or that it belongs to none. */
function contextOf({ trace_id: traceId, span_id: spanId, trace_flags: flags }: Line): Context {
  if (typeof traceId !== 'string' || typeof spanId !== 'string') return ROOT_CONTEXT;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: Number.parseInt(String(flags), 16) || 0 });
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
