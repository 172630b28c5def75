import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import type { Dashboard, Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { agentDashboard, labelVariable } from './agent-dashboard.js';
import { graph, PLAIN, stat } from './panels.js';
import { HERE, JOB, line, percentile, perHour, perSecond, share } from './queries.js';

const MODEL = `${HERE},model=~"$model"`;

/** What the models do, what they refuse and what they cost. */
export function model(): Dashboard {
  return agentDashboard({
    uid: 'agent-llm', title: 'Agent: model and cost', from: 'now-1h', variables: [labelVariable('model', 'Model', 'llm_requests_total')],
    description: 'Calls to the model: how many, how fast, how they end, what is tried again, and what they cost.',
    rows: [
      { title: 'Calls', panels: calls() },
      { title: 'Tokens', panels: tokens() },
      { title: 'What goes wrong', panels: failures() },
      { title: 'Cost', panels: cost() },
    ],
  });
}

function calls(): Builder<Panel>[] {
  return [
    graph({
      title: 'Calls by model and status', width: 12, unit: 'reqps', stacked: true, lines: [line('{{model}} {{status}}', perSecond('llm_requests_total', MODEL, ['model', 'status']))],
      description: 'Model calls a second; every attempt counts. Many errors beside many successes: calls are tried again.',
    }),
    graph({
      title: 'Calls running', width: 12, unit: 'none', lines: [line('{{model}}', `sum by (model) (llm_requests_active{${MODEL}})`)],
      description: 'Model calls that run now. One that stays high while none ends: the model API hangs.',
    }),
    graph({
      title: 'Latency p95', width: 8, unit: 's', exemplars: true, lines: [line('{{model}}', percentile(0.95, 'llm_request_duration_seconds', `${MODEL},status="success"`, ['model']))],
      description: '95 % of the successful calls took at most this long. It is most of the latency of requests.',
    }),
    graph({
      title: 'Time to first token p95', width: 8, unit: 's', exemplars: true, limits: ['green', [2, 'red']], lines: [line('{{model}}', percentile(0.95, 'llm_time_to_first_token_seconds', MODEL, ['model']))],
      description: 'For 95 % of the streamed calls the first text came within this time. Above 2 s it misses the objective.',
    }),
    graph({
      title: 'Writing speed, median', width: 8, unit: 'none', lines: [line('{{model}}', percentile(0.5, 'llm_output_tokens_per_second', MODEL, ['model']))],
      description: 'Output tokens a second after the first, of streamed calls. A fall at the same load is the provider\'s.',
    }),
  ];
}

function tokens(): Builder<Panel>[] {
  return [
    graph({
      title: 'Tokens by kind', width: 12, unit: 'none', stacked: true, lines: [line('{{token_type}}', perSecond('llm_tokens_total', MODEL, ['token_type']))],
      description: 'Tokens a second, as disjoint kinds: their sum is what is billed. Input that grows faster than calls: conversations get long.',
    }),
    graph({
      title: 'Cache hit ratio', width: 6, unit: 'percentunit', max: 1,
      description: 'Part of what was sent to the model that came out of its cache. Low with long conversations costs money: something at the beginning of the prompt changes.',
      lines: [line('{{model}}', share(perSecond('llm_tokens_total', `${MODEL},token_type="cache_read"`, ['model']), perSecond('llm_tokens_total', `${MODEL},token_type=~"input|cache_read|cache_write"`, ['model'])))],
    }),
    graph({
      title: 'Stop reasons', width: 6, unit: 'reqps', stacked: true, lines: [line('{{stop_reason}}', `${perSecond('llm_stop_reasons_total', MODEL, ['stop_reason'])} > 0`)],
      description: 'Why the model stopped, a second. max_tokens means answers cut off, refusal that it would not, other that the API has learned something new.',
    }),
  ];
}

function failures(): Builder<Panel>[] {
  return [
    graph({
      title: 'Errors by type', width: 8, unit: 'reqps', stacked: true, lines: [line('{{error_type}}', `${perSecond('llm_errors_total', MODEL, ['error_type'])} > 0`)],
      description: 'Model calls that failed, a second. overloaded_error and api_error are the provider\'s, authentication_error and billing_error are for us to mend.',
    }),
    graph({
      title: 'Retries by reason', width: 8, unit: 'reqps', stacked: true, lines: [line('{{reason}}', `${perSecond('agent_retries_total', `${HERE},operation="llm"`, ['reason'])} > 0`)],
      description: 'Attempts made again, a second, of all models. They hide failures from people, and cost time.',
    }),
    graph({
      title: 'Retries denied', width: 8, unit: 'short', lines: [line('{{why}}', perHour('agent_retries_denied_total', `${HERE},operation="llm"`, ['why']))],
      description: 'Failures that would pass but were not tried again, in an hour: attempts, time or the retry budget were used up, or the API asked for too long a wait. Each is an error that somebody sees.',
    }),
    graph({
      title: 'Rate limit left', width: 8, unit: 'percentunit', max: 1, limits: ['red', [0.1, 'green']], lines: [line('{{kind}}', `min by (kind) (${share(`llm_rate_limit_remaining{${HERE}}`, `llm_rate_limit_limit{${HERE}}`)})`)],
      description: 'Part of the provider\'s limit that is left, of the instance that has least. Near 0 calls will be refused (rate_limit).',
    }),
    graph({
      title: 'Fallbacks', width: 8, unit: 'short', lines: [line('{{from_model}} to {{to_model}}', perHour('agent_fallbacks_total', `${HERE},from_model=~"$model"`, ['from_model', 'to_model']))],
      description: 'Calls that another model answered, in an hour. Any means that the first one fails; answers may differ in quality and price.',
    }),
    graph({
      title: 'Answers begun anew', width: 8, unit: 'short', lines: [line('after a part was shown', perHour('agent_stream_restarts_total')), line('{{why}}', perHour('llm_replies_discarded_total', HERE, ['why']))],
      description: 'In an hour: streams that broke off after people had seen a part, and replies that were no use (empty, or cut within a tool call).',
    }),
  ];
}

function cost(): Builder<Panel>[] {
  return [
    graph({
      title: 'US dollars an hour', width: 12, unit: 'currencyUSD', stacked: true, lines: [line('{{model}}', `${perSecond('llm_cost_usd_total', MODEL, ['model'])} * 3600`)],
      description: 'What model calls cost at this rate, by config/models.yaml.',
    }),
    graph({ title: 'US dollars a request', description: 'What one request to the agent costs, of all models: the mean, and what 95 % do not exceed. It rises with long conversations and many iterations.', width: 12, unit: 'currencyUSD', lines: [
      line('mean', share(perSecond('llm_cost_per_request_usd_sum'), perSecond('llm_cost_per_request_usd_count'))), line('p95', percentile(0.95, 'llm_cost_per_request_usd', HERE)),
    ] }),
    stat({
      title: 'Last 24 hours', width: 8, unit: 'currencyUSD', whenEmpty: '$0', colours: PLAIN, lines: [line('cost', `sum(increase(llm_cost_usd_total{${MODEL}}[24h]))`)],
      description: 'US dollars of the models and instances that were chosen.',
    }),
    stat({
      title: 'Left of the daily budget', width: 8, unit: 'currencyUSD', whenEmpty: 'no budget', colours: ['red', [0, 'green']], lines: [line('left', `job:agent_cost_budget_usd:per_day{${JOB}} - job:agent_cost_usd:increase1d{${JOB}}`)],
      description: 'What the whole job may still cost within these 24 hours. Below 0 the budget in config/slo.yaml is spent.',
    }),
    stat({
      title: 'Calls without a price, 24 hours', width: 8, unit: 'none', whenEmpty: '0', colours: ['green', [1, 'red']], lines: [line('without a price', `sum(increase(llm_cost_unknown_model_total{${HERE}}[24h]))`)],
      description: 'Calls of models that config/models.yaml does not list: their cost is missing everywhere. Any is bad; add the model.',
    }),
  ];
}
