import { isSpanContextValid, trace } from '@opentelemetry/api';
import { hostname } from 'node:os';
import { pino, type Logger } from 'pino';
import { currentRun } from '../kernel/run-context.js';
import { redactText } from '../kernel/redaction.js';
import type { ServiceSettings } from '../settings/settings.js';
import type { LogOutput } from './log-output.js';

/** The seed's level names where pino's differ. */
const LEVEL_NAMES: Readonly<Record<string, string>> = { warn: 'warning', fatal: 'critical' };

export type LineListener = (level: string) => void;

/**
 * The one pino logger of the process. Every line is one JSON object with the ids of its request and span, and every line is
 * redacted as a whole just before it is written, whoever wrote it.
 */
export function createLogger(service: ServiceSettings, output: LogOutput, onLine: LineListener): Logger {
  return pino({
    level: output.level,
    messageKey: 'message',
    errorKey: 'error_detail',
    base: { service: service.name, version: service.version, environment: service.environment, instance: hostname() },
    timestamp: () => `,"timestamp":"${new Date().toISOString()}"`,
    formatters: {
      level: (label) => {
        const level = LEVEL_NAMES[label] ?? label;
        return { level };
      },
    },
    mixin: correlation,
    hooks: {
      logMethod(arguments_, method, level) {
        onLine(LEVEL_NAMES[pino.levels.labels[level] ?? ''] ?? pino.levels.labels[level] ?? 'info');
        method.apply(this, arguments_);
      },
    },
  }, { write: (line: string) => output.write(redactText(line)) });
}

/** The ids that join a line to its request, its conversation and its span. */
function correlation(): Record<string, unknown> {
  const run = currentRun();
  const span = trace.getActiveSpan()?.spanContext();
  const ids: Record<string, unknown> = {};
  if (run) {
    ids.correlation_id = run.correlationId;
    if (run.conversationId) ids.session_id = run.conversationId;
    if (run.userId) ids.user_id = run.userId;
  }
  if (span && isSpanContextValid(span)) {
    ids.trace_id = span.traceId;
    ids.span_id = span.spanId;
    ids.trace_flags = `0${span.traceFlags.toString(16)}`;
  }
  return ids;
}
