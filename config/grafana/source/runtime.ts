import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import type { Dashboard, Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { agentDashboard } from './agent-dashboard.js';
import { graph, table, timeline } from './panels.js';
import { HERE, line, percentile, perHour, perSecond } from './queries.js';

/** The process itself, its store, and whether what it tells about itself arrives. */
export function runtime(): Dashboard {
  return agentDashboard({
    uid: 'agent-runtime', title: 'Agent: runtime', from: 'now-1h',
    description: 'The processes: Node, memory, the store, and whether logs, traces and metrics get through.',
    rows: [
      { title: 'Processes', panels: processes() },
      { title: 'Health and overload', panels: health() },
      { title: 'Store', panels: store() },
      { title: 'Telemetry', panels: telemetry() },
    ],
  });
}

function processes(): Builder<Panel>[] {
  return [
    graph({
      title: 'Event loop lag p99', width: 8, unit: 's', limits: ['green', [0.1, 'red']], lines: [line('{{instance}}', `nodejs_eventloop_lag_p99_seconds{${HERE}}`)],
      description: 'How late Node gets to its work. Above 0.1 s everything in the process is late: something computes for too long.',
    }),
    graph({
      title: 'CPU', width: 8, unit: 'none', lines: [line('{{instance}}', perSecond('process_cpu_seconds_total', HERE, ['instance']))],
      description: 'Cores in use. Near 1 the main thread is full: add instances.',
    }),
    graph({
      title: 'Garbage collection', width: 8, unit: 'percentunit', lines: [line('{{instance}} {{kind}}', perSecond('nodejs_gc_duration_seconds_sum', HERE, ['instance', 'kind']))],
      description: 'Part of the time spent on collecting garbage, by kind. Above 10 % memory is short, or leaks.',
    }),
    graph({
      title: 'Memory', width: 8, unit: 'bytes', lines: [line('{{instance}} heap', `nodejs_heap_size_used_bytes{${HERE}}`), line('{{instance}} process', `process_resident_memory_bytes{${HERE}}`)],
      description: 'Heap in use, and all memory of the process. A heap that never falls leaks; it ends with the limit of the container.',
    }),
    graph({
      title: 'File descriptors', width: 8, unit: 'none', lines: [line('{{instance}} open', `process_open_fds{${HERE}}`), line('{{instance}} limit', `process_max_fds{${HERE}}`)],
      description: 'Open files and sockets, and how many may be. Growth without load is a leak; at the limit nothing can be opened.',
    }),
    table({
      title: 'What runs', width: 8, unit: 'none', lines: [line('', `max by (instance, version, environment, node_version) (app_info{${HERE}})`)],
      description: 'Version, environment and Node of each process. Two versions for longer than a deploy takes: one of them is stuck.',
    }),
  ];
}

function health(): Builder<Panel>[] {
  return [
    graph({
      title: 'Checks', width: 8, unit: 'none', max: 1, limits: ['red', [0.5, 'green']], lines: [line('{{check}}', `min by (check) (health_check_status{${HERE}})`)],
      description: 'What readiness found, of the worst instance: 1 healthy, 0.5 degraded, 0 failed. At 0 the instance gets no requests.',
    }),
    timeline({
      title: 'Sheds load', width: 8, good: 'takes requests', bad: 'sheds load', lines: [line('{{instance}}', `max by (instance) (agent_load_shedding{${HERE}})`)],
      description: 'Red while an instance refuses new requests because its event loop or its heap is overloaded. Refusals count against availability.',
    }),
    graph({
      title: 'Shed requests', width: 8, unit: 'short', lines: [line('{{cause}}', perHour('agent_load_shed_total', HERE, ['cause']))],
      description: 'Requests refused in an hour because the process was overloaded, by cause. Add instances, or find what blocks the event loop.',
    }),
  ];
}

function store(): Builder<Panel>[] {
  return [
    timeline({
      title: 'Store within reach', width: 8, good: 'there', bad: 'lost', lines: [line('{{instance}}', `1 - min by (instance) (store_up{${HERE}})`)],
      description: 'Red while an instance can not use its store: it refuses requests until it can.',
    }),
    graph({
      title: 'Size of the event logs', width: 8, unit: 'bytes', lines: [line('event logs', `max(store_log_bytes{${HERE}})`)],
      description: 'Bytes of event logs on record, of all processes on the same store. It should level off at what retention keeps.',
    }),
    graph({
      title: 'Deleted by retention', width: 8, unit: 'short', lines: [line('{{kind}}', perHour('store_pruned_total', HERE, ['kind']))],
      description: 'What was deleted in an hour because it was old. None over days while the logs grow: no process does the upkeep.',
    }),
  ];
}

function telemetry(): Builder<Panel>[] {
  return [
    timeline({
      title: 'Exporters', width: 24, good: 'taken', bad: 'failed', lines: [line('{{signal}} {{instance}}', `1 - min by (signal, instance) (otel_exporter_up{${HERE}})`)],
      description: 'Red while the last export of traces or logs failed. Look at the collector; the agent goes on without it.',
    }),
    graph({
      title: 'Spans', width: 8, unit: 'cps', lines: [line('{{result}}', perSecond('otel_spans_exported_total', HERE, ['result']))],
      description: 'Spans handed to the collector, a second. failed and dropped ones are traces with holes.',
    }),
    graph({
      title: 'Log records', width: 8, unit: 'cps', lines: [line('{{result}}', perSecond('otel_log_records_exported_total', HERE, ['result']))],
      description: 'Log lines handed to the collector, a second. failed and dropped ones are missing in Loki; the process\'s output still has them.',
    }),
    graph({
      title: 'Log lines', width: 8, unit: 'cps', stacked: true, lines: [line('{{level}}', perSecond('log_lines_total', HERE, ['level']))],
      description: 'Lines written a second, by level. A rise of error or critical is worth reading; a rise of all may be LOG_LEVEL=DEBUG.',
    }),
    graph({
      title: 'Log lines nobody could read', width: 8, unit: 'short', lines: [line('{{instance}}', perHour('log_lines_dropped_total', HERE, ['instance']))],
      description: 'Lines lost in an hour because the reader of the output was gone or too slow. Any is bad: they are nowhere else.',
    }),
    graph({
      title: 'Time of a scrape p95', width: 8, unit: 's', limits: ['green', [0.5, 'red']], lines: [line('{{instance}}', percentile(0.95, 'metrics_scrape_duration_seconds', HERE, ['instance']))],
      description: 'How long a process takes to write its metrics. Above 0.5 s there are too many series.',
    }),
    graph({
      title: 'Size of a scrape', width: 8, unit: 'bytes', lines: [line('{{instance}}', `metrics_scrape_bytes{${HERE}}`)],
      description: 'Bytes of the last answer to Prometheus. It levels off, as every label has a bound.',
    }),
    graph({
      title: 'Labels that are full', width: 24, unit: 'short', lines: [line('{{metric}} {{label}}', perHour('metrics_label_overflow_total', HERE, ['metric', 'label']))],
      description: 'Values folded into "other" in an hour, because a label had as many as it may. Dashboards by that label are no longer whole.',
    }),
  ];
}
