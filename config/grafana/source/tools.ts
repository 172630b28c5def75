import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import type { Dashboard, Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { agentDashboard, labelVariable } from './agent-dashboard.js';
import { graph, table, timeline } from './panels.js';
import { HERE, line, percentile, perHour, perSecond, share } from './queries.js';

const TOOL = `${HERE},tool_name=~"$tool_name"`;

/** Which tool fails, and what the breakers make of it. */
export function tools(): Dashboard {
  return agentDashboard({
    uid: 'agent-tools', title: 'Agent: tools and breakers', from: 'now-1h', variables: [labelVariable('tool_name', 'Tool', 'tool_calls_total')],
    description: 'Calls of tools: how many, how fast, which fail. And the circuit breakers of tools and models.',
    rows: [{ title: 'Tools', panels: toolPanels() }, { title: 'Circuit breakers', panels: breakers() }],
  });
}

function toolPanels(): Builder<Panel>[] {
  return [
    graph({
      title: 'Calls by tool', width: 8, unit: 'reqps', stacked: true, lines: [line('{{tool_name}}', perSecond('tool_calls_total', TOOL, ['tool_name']))],
      description: 'Tool calls a second.',
    }),
    graph({
      title: 'Error ratio by tool', width: 8, unit: 'percentunit', limits: ['green', [0.05, 'orange'], [0.5, 'red']],
      description: 'Part of a tool\'s calls that did not succeed: it failed, ran out of time, or its breaker was open. Nothing is drawn for tools without failures.',
      lines: [line('{{tool_name}}', share(perSecond('tool_calls_total', `${TOOL},status=~"error|timeout|circuit_open"`, ['tool_name']), perSecond('tool_calls_total', TOOL, ['tool_name'])))],
    }),
    graph({
      title: 'Latency p95 by tool', width: 8, unit: 's', exemplars: true, lines: [line('{{tool_name}}', percentile(0.95, 'tool_duration_seconds', TOOL, ['tool_name']))],
      description: '95 % of a tool\'s calls took at most this long, whatever their end. Each dot is a call whose trace opens.',
    }),
    table({
      title: 'Failing most, last hour', width: 12, unit: 'none', lines: [line('', `topk(10, ${perHour('tool_errors_total', TOOL, ['tool_name', 'error_type'])} > 0)`)],
      description: 'The ten pairs of tool and reason with the most failures in the hour before the end of the time range. No rows is good.',
    }),
    graph({
      title: 'Calls by end', width: 12, unit: 'reqps', stacked: true, lines: [line('{{status}}', perSecond('tool_calls_total', TOOL, ['status']))],
      description: 'Tool calls a second by how they ended. degraded is success with a lesser answer.',
    }),
    graph({
      title: 'Size of results p95', width: 12, unit: 'bytes', lines: [line('{{tool_name}}', percentile(0.95, 'tool_result_bytes', TOOL, ['tool_name']))],
      description: '95 % of a tool\'s results were at most this big. Big ones fill the model\'s context and cost money.',
    }),
    graph({
      title: 'Late results', width: 12, unit: 'short', lines: [line('{{tool_name}}', perHour('tool_late_results_total', TOOL, ['tool_name']))],
      description: 'Calls, in an hour, that ended after they had been given up. Many: the tool\'s time limit is too short, or it does not stop when told.',
    }),
  ];
}

function breakers(): Builder<Panel>[] {
  return [
    timeline({
      title: 'Open breakers', width: 24, good: 'not open', bad: 'open', lines: [line('{{name}}', `max by (name) (circuit_breaker_state{${HERE},state="open"})`)],
      description: 'Red while a breaker is open in any instance: its calls are refused at once. Which tool or model it is, and since when.',
    }),
    graph({
      title: 'Trips an hour', width: 8, unit: 'short', limits: ['green', [5, 'red']], lines: [line('{{name}}', perHour('circuit_breaker_trips_total', HERE, ['name']))],
      description: 'Times a breaker opened in the hour before. More than five: what it guards fails again as soon as it is tried.',
    }),
    graph({
      title: 'Refused calls', width: 8, unit: 'reqps', lines: [line('{{name}}', perSecond('circuit_breaker_rejections_total', HERE, ['name']))],
      description: 'Calls a second that an open breaker refused. It is what the breaker spares the other side.',
    }),
    graph({
      title: 'Counted failures', width: 8, unit: 'reqps', lines: [line('{{name}}', perSecond('circuit_breaker_failures_total', HERE, ['name']))],
      description: 'Failures a second that breakers counted. They come before a trip.',
    }),
    graph({
      title: 'Changes of state', width: 8, unit: 'short', lines: [line('to {{to}}', perHour('circuit_breaker_state_changes_total', HERE, ['to']))],
      description: 'In an hour, of all breakers. As many half_open as open, and no closed: the trials fail.',
    }),
    timeline({
      title: 'Not to be relied on', width: 8, good: 'good', bad: 'degraded', lines: [line('{{component}}', `max by (component) (agent_degraded{${HERE}})`)],
      description: 'Red while a tool or model is degraded in any instance: its breaker is open or tries again.',
    }),
    graph({
      title: 'Answers that had to do without', width: 8, unit: 'short', lines: [line('{{component}}', perHour('agent_degraded_total', HERE, ['component']))],
      description: 'Answers, in an hour, given without something they could have used. People got less than they might have.',
    }),
  ];
}
