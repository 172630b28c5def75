import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { agentDashboard, typedVariable } from './agent-dashboard.js';
import { logs, text, traces } from './panels.js';

/** `service.name` of logs and traces, unless OTEL_SERVICE_NAME says otherwise. */
const SERVICE = 'task-automation-agent';
const LINES = `{service_name="${SERVICE}"} | correlation_id="$correlation_id"`;
const IN_JAEGER = `http://127.0.0.1:16686/search?service=${SERVICE}&tags=%7B%22correlation_id%22%3A%22\${correlation_id}%22%7D`;

const HOW = `
A **correlation id** joins everything that one request left behind. It is in the header \`x-correlation-id\` of every answer, in every answer and problem as \`correlation_id\`, and on every log line.

1. Paste it above, and choose a time range in which the request was made.
2. **Logs**: each line of the request. Open a line: \`trace_id\` leads to its trace, \`run_id\` to the run as the agent has it on record.
3. **Traces**: the spans of the request, beside this text or [in Jaeger](${IN_JAEGER}).
4. **The run**: the agent does not look for runs by correlation id. Take \`run_id\` from a line such as \`agent.request_received\`, then open \`http://127.0.0.1:8080/v1/runs/<run_id>\`, or \`/v1/runs/<run_id>/events\` for each of its steps.

Metrics can not show one run: no id is ever a label. From a graph to a run: click a dot on a latency panel, which opens a trace; its span \`agent.process\` has \`correlation_id\` and \`run_id\`.
`.trim();

/** One request, by its correlation id: what was logged, what was traced, and where its run is. */
export function run(): Dashboard {
  return agentDashboard({
    uid: 'agent-run', title: 'Agent: one run', from: 'now-6h',
    description: 'Logs and traces of one request, by its correlation id, and the way to its run.',
    variables: [typedVariable('correlation_id', 'Correlation id', 'From the header x-correlation-id, an answer, a problem or a log line', 'paste-it-here')],
    rows: [
      { title: 'From a correlation id to the run', panels: [
        text({ title: 'How to', description: 'Where a correlation id comes from, and where it leads.', width: 12, content: HOW }),
        traces({ title: 'Traces', description: 'Traces with a span of this correlation id. None: tracing is off, the trace was not sampled, or the time range is wrong.', width: 12, service: SERVICE, tags: 'correlation_id="$correlation_id"' }),
      ] },
      { title: 'Logs', panels: [
        logs({ title: 'Log lines', description: 'What was logged for this correlation id, oldest first. None: OTEL_LOGS_EXPORTER is not otlp, LOG_LEVEL hides them, or the time range is wrong.', width: 24, expr: LINES }),
      ] },
    ],
  });
}
