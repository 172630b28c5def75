import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import type { Dashboard, Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { agentDashboard } from './agent-dashboard.js';
import { graph, heatmap, stat } from './panels.js';
import { HERE, line, percentile, percentiles, perHour, perSecond, share } from './queries.js';

const CARRIED_OUT = `${HERE},status=~"success|error"`;

/** Rate, errors and duration of requests, and what they wait for. */
export function requests(): Dashboard {
  return agentDashboard({
    uid: 'agent-red', title: 'Agent: requests', from: 'now-1h',
    description: 'Rate, errors and duration of requests to the agent, the load they are, the runs on record, and the HTTP routes.',
    rows: [
      { title: 'Rate, errors, duration', panels: redPanels() },
      { title: 'Load', panels: load() },
      { title: 'Runs on record', panels: runs() },
      { title: 'What a request takes', panels: work() },
      { title: 'HTTP', panels: http() },
    ],
  });
}

function redPanels(): Builder<Panel>[] {
  return [
    graph({
      title: 'Requests by status', width: 8, unit: 'reqps', stacked: true, lines: [line('{{status}}', perSecond('agent_requests_total', HERE, ['status']))],
      description: 'Requests that ended, a second. Errors are failures of ours; rejected ones were refused before the agent began; cancelled ones were given up by the client.',
    }),
    graph({
      title: 'Error ratio', width: 8, unit: 'percentunit', limits: ['green', [0.01, 'orange'], [0.05, 'red']],
      description: 'Part of the requests carried out that failed. Above 1 % look at it, above 5 % it is an incident. Nothing is drawn while there are no requests.',
      lines: [line('errors', share(perSecond('agent_requests_total', `${HERE},status="error"`), perSecond('agent_requests_total', CARRIED_OUT)))],
    }),
    graph({
      title: 'Errors by reason', width: 8, unit: 'reqps', stacked: true, lines: [line('{{error_type}}', `${perSecond('agent_errors_total', HERE, ['error_type'])} > 0`)],
      description: 'Requests that failed, a second, by the closed list of error types in docs/telemetry.md. Which one grows says where to look.',
    }),
    graph({
      title: 'Latency', width: 12, unit: 's', exemplars: true, limits: ['green', [5, 'red']], lines: percentiles('agent_request_duration_seconds', CARRIED_OUT),
      description: 'Time of a request that succeeded or failed. A p95 above 5 s misses the objective. Each dot is a request whose trace opens.',
    }),
    heatmap({
      title: 'Latency, by bucket', width: 12, unit: 's', lines: [line('{{le}}', perSecond('agent_request_duration_seconds_bucket', CARRIED_OUT, ['le']))],
      description: 'How many requests took how long. Two bands mean two kinds of requests; a band that rises means that all of them get slower.',
    }),
    graph({
      title: 'Within 5 seconds', width: 8, unit: 'percentunit', max: 1, limits: ['red', [0.95, 'green']],
      description: 'Part of the successful requests that took at most 5 s, as the latency objective counts them. Below 95 % the budget is spent too fast.',
      lines: [line('within 5 s', share(perSecond('agent_request_duration_seconds_bucket', `${HERE},status="success",le=~"5(\\\\.0)?"`), perSecond('agent_request_duration_seconds_count', `${HERE},status="success"`)))],
    }),
    graph({
      title: 'Timeouts', width: 8, unit: 'short', lines: [line('{{operation}}', perHour('agent_timeouts_total', HERE, ['operation']))],
      description: 'Work that ran out of time in an hour: a whole request, a model call or a tool call. Any request is bad; tools and models may recover.',
    }),
    graph({
      title: 'Rejected by reason', width: 8, unit: 'reqps', stacked: true, lines: [line('{{reason}}', `${perSecond('agent_requests_rejected_total', HERE, ['reason'])} > 0`)],
      description: 'Requests refused before the agent began. queue_full, load_shed and draining are ours and count against availability; the others are the client\'s.',
    }),
  ];
}

function load(): Builder<Panel>[] {
  return [
    graph({
      title: 'Active requests', width: 8, unit: 'none', lines: [line('active', `sum(agent_requests_active{${HERE}})`), line('limit', `sum(agent_requests_limit{${HERE}})`)],
      description: 'Requests being worked on, and how many may be at once. At the limit new ones wait; for long, add instances.',
    }),
    graph({
      title: 'Waiting requests', width: 8, unit: 'none', lines: [line('waiting', `sum(agent_queue_depth{${HERE}})`)],
      description: 'Requests that wait for an active one to end. A queue that only grows ends in refusals (queue_full).',
    }),
    graph({
      title: 'Wait', width: 8, unit: 's', exemplars: true, lines: percentiles('agent_queue_wait_seconds'),
      description: 'How long requests waited for their turn. Above 1 s people notice; it is part of the latency above.',
    }),
  ];
}

function runs(): Builder<Panel>[] {
  return [
    graph({
      title: 'Unfinished runs', width: 8, unit: 'none', lines: [line('{{state}}', `max by (state) (agent_runs{${HERE}})`)],
      description: 'Runs on record that have not ended, of all processes on the same store. Queued ones that only grow need more workers.',
    }),
    graph({
      title: 'Oldest run', width: 8, unit: 's', lines: [line('{{state}}', `max by (state) (agent_oldest_run_seconds{${HERE}})`)],
      description: 'Age of the oldest run in each state. A running one older than any request may take is stuck; a queued one has no worker.',
    }),
    graph({
      title: 'Runs that changed hands', width: 8, unit: 'short',
      description: 'In an hour: put in the queue, gone on with, taken over from a process that died, handed back by one that ended, and lost to another one. Recovered or lost ones mean that processes die or hang.',
      lines: ['queued', 'resumed', 'recovered', 'handed_back'].map((what) => line(what.replace('_', ' '), perHour(`agent_runs_${what}_total`))).concat(line('lease lost', perHour('agent_leases_lost_total'))),
    }),
    graph({
      title: 'Runs ended without an answer', width: 8, unit: 'short', lines: [line('{{error_type}}', perHour('agent_runs_closed_total', HERE, ['error_type']))],
      description: 'In an hour: runs whose process was gone and that nobody could go on with. Any is bad: somebody waited in vain.',
    }),
    graph({
      title: 'Failures of the queue', width: 8, unit: 'short', lines: [line('failures', perHour('queue_errors_total'))],
      description: 'Times in an hour that the queue on Postgres failed in the background. Any that repeats: look at the database.',
    }),
    stat({
      title: 'Conversations', width: 8, unit: 'short', whenEmpty: '0', colours: ['blue'], lines: [line('kept', `max(agent_sessions_active{${HERE}})`)],
      description: 'Conversations that are kept, of all processes on the same store. It grows until retention deletes the old ones.',
    }),
  ];
}

function work(): Builder<Panel>[] {
  return [
    graph({
      title: 'Model calls a request', width: 8, unit: 'none', lines: [0.95, 0.5].map((quantile) => line(`p${quantile * 100}`, percentile(quantile, 'agent_iterations', HERE))),
      description: 'p95 and p50 of the model calls that one request took. Near the limit of iterations the model goes round in circles.',
    }),
    graph({
      title: 'Tool calls a request', width: 8, unit: 'none', lines: [0.95, 0.5].map((quantile) => line(`p${quantile * 100}`, percentile(quantile, 'agent_tool_calls_per_request', HERE))),
      description: 'p95 and p50 of the tool calls that one request took. A sudden rise often follows a tool that answers badly.',
    }),
    graph({
      title: 'Requests that got nowhere', width: 8, unit: 'short', lines: [line('iterations used up', perHour('agent_max_iterations_total')), line('repeated itself', perHour('agent_runaway_total'))],
      description: 'In an hour: requests that used up their iterations, and requests stopped because the model repeated itself. Any that repeats: read the runs.',
    }),
    graph({
      title: 'Conversations mended', width: 24, unit: 'short',
      description: 'In an hour: conversations shortened because they were too long, mended because they were not valid, and kept apart because the model API refused them. Quarantined ones are bad: nobody can go on with them.',
      lines: ['trimmed', 'repaired', 'quarantined'].map((what) => line(what, perHour(`history_${what}_total`))),
    }),
  ];
}

function http(): Builder<Panel>[] {
  const failed = perSecond('http_request_duration_seconds_count', `${HERE},status_code=~"5.."`, ['method', 'route']);
  return [
    graph({
      title: 'Requests by route', width: 6, unit: 'reqps', lines: [line('{{method}} {{route}}', perSecond('http_request_duration_seconds_count', HERE, ['method', 'route']))],
      description: 'HTTP requests a second, without probes and scrapes.',
    }),
    graph({
      title: 'Answers by status', width: 6, unit: 'reqps', stacked: true, lines: [line('{{status_code}}', perSecond('http_request_duration_seconds_count', HERE, ['status_code']))],
      description: 'HTTP answers a second. 4xx are the client\'s mistakes, 5xx are ours.',
    }),
    graph({
      title: 'Failures by route', width: 6, unit: 'percentunit', lines: [line('{{method}} {{route}}', share(failed, perSecond('http_request_duration_seconds_count', HERE, ['method', 'route'])))],
      description: 'Part of a route\'s answers that were 5xx. Nothing is drawn for routes without failures or without requests.',
    }),
    graph({
      title: 'Latency p95 by route', width: 6, unit: 's', exemplars: true, lines: [line('{{method}} {{route}}', percentile(0.95, 'http_request_duration_seconds', HERE, ['method', 'route']))],
      description: '95 % of a route\'s requests took at most this long. Streams count until their last event.',
    }),
    graph({
      title: 'Requests of chat programs for themselves', width: 24, unit: 'short', lines: [line('{{kind}}', `${perHour('openai_background_jobs_total', HERE, ['kind'])} > 0`)],
      description: 'Titles, tags and the like that chat programs ask for, answered without a run, in an hour. Many per request only mean that the program asks for much.',
    }),
  ];
}
