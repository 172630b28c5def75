import { Failure } from '../../src/kernel/failure.js';
import type { ScriptedStep } from '../../src/llm/simulator/scripted-step.js';
import type { RunningApplication } from '../support/running-application.js';
import { OPENAI_DRIVES } from './metric-drives-openai.js';
import { RESILIENCE_DRIVES } from './metric-drives-resilience.js';
import { RUN_DRIVES } from './metric-drives-runs.js';
import { addTool, answerLate, ask, becomes, ending, MODEL, upstreamUrl, whileAsking } from './metric-drive-steps.js';

/** One thing that can happen to an application, and how its metrics must show it. */
export interface Drive {
  readonly environment?: () => Readonly<Record<string, string>>;
  readonly act: (service: RunningApplication) => Promise<unknown>;
  /** Series that move, and by how much; `up` is by any amount. */
  readonly moves: readonly Move[];
}
export type Move = readonly [name: string, labels: Readonly<Record<string, string>>, by: number | 'up'];

const LLM = `llm:${MODEL}`;
const SUM: ScriptedStep = { kind: 'tools', calls: [{ name: 'calculator', input: { expression: '15 * 23' } }] };
const search = (query: string): ScriptedStep => ({ kind: 'tools', calls: [{ name: 'web_search', input: { query } }] });
const DONE: ScriptedStep = { kind: 'text', text: 'Done.' };

/** Status and type of each error that the API documents, and that says nothing of the connection. */
const API_ERRORS = [
  [400, 'invalid_request_error'], [401, 'authentication_error'], [402, 'billing_error'], [403, 'permission_error'], [404, 'not_found_error'],
  [413, 'request_too_large'], [429, 'rate_limit_error'], [500, 'api_error'], [529, 'overloaded_error'],
] as const;

const requests = (status: string, by = 1): Move => ['agent_requests_total', { status, user_id: 'unknown' }, by];
const failed = (error_type: string, by = 1): Move => ['agent_errors_total', { error_type, user_id: 'unknown' }, by];
const refused = (reason: string): Move => ['agent_requests_rejected_total', { reason }, 1];
const timedOut = (operation: string): Move => ['agent_timeouts_total', { operation }, 1];
const called = (status: string, by = 1): Move => ['llm_requests_total', { model: MODEL, status }, by];
const callFailed = (error_type: string, by = 1): Move => ['llm_errors_total', { model: MODEL, error_type }, by];
const stopped = (stop_reason: string): Move => ['llm_stop_reasons_total', { model: MODEL, stop_reason }, 1];
const tokens = (token_type: string, by: number | 'up'): Move => ['llm_tokens_total', { model: MODEL, token_type }, by];
const tool = (tool_name: string, status: string, by = 1): Move => ['tool_calls_total', { tool_name, status }, by];
const toolFailed = (tool_name: string, error_type: string, by = 1): Move => ['tool_errors_total', { tool_name, error_type }, by];
const breaker = (name: string, what: 'failures' | 'trips' | 'rejections', by = 1): Move => [`circuit_breaker_${what}_total`, { name }, by];
const became = (name: string, to: string): Move => ['circuit_breaker_state_changes_total', { name, to }, 1];
const answered = (status_code: string): Move => ['http_request_duration_seconds_count', { method: 'POST', route: '/chat', status_code }, 1];

const GOOD: Readonly<Record<string, Drive>> = {
  'an answer': {
    act: (service) => service.chat({ message: 'What is 15 multiplied by 23?' }),
    moves: [
      requests('success'), ['agent_request_duration_seconds_count', { status: 'success' }, 1], ['agent_request_duration_seconds_bucket', { status: 'success', le: '120' }, 1],
      ['agent_iterations_sum', {}, 2], ['agent_tool_calls_per_request_sum', {}, 1],
      called('success', 2), ['llm_request_duration_seconds_count', { model: MODEL, status: 'success' }, 2], ['llm_cost_usd_total', { model: MODEL }, 'up'],
      tokens('input', 'up'), tokens('output', 'up'), ['llm_cost_per_request_usd_count', {}, 1], ['llm_cost_per_request_usd_sum', {}, 'up'],
      stopped('tool_use'), stopped('end_turn'), ...['requests', 'input_tokens', 'output_tokens'].flatMap((kind): Move[] => [
        ['llm_rate_limit_limit', { kind }, 'up'], ['llm_rate_limit_remaining', { kind }, 'up'],
      ]),
      tool('calculator', 'success'), ['tool_duration_seconds_count', { tool_name: 'calculator', status: 'success' }, 1], ['tool_result_bytes_sum', { tool_name: 'calculator' }, 3],
      answered('200'), ['log_lines_total', { level: 'info' }, 'up'], ['log_lines_total', { level: 'debug' }, 'up'],
    ],
  },
  'an answer that is streamed': {
    act: async (service) => (await service.chat({ message: 'What is 15 multiplied by 23?' }, { accept: 'text/event-stream' })).text(),
    moves: [requests('success'), ['llm_time_to_first_token_seconds_count', { model: MODEL }, 1], ['llm_output_tokens_per_second_count', { model: MODEL }, 1]],
  },
  'tokens that were in the cache': {
    act: (service) => ask(service, {
      kind: 'reply', content: [{ type: 'text', text: 'Done.' }],
      usage: { input_tokens: 10, output_tokens: 20, cache_read_input_tokens: 300, cache_creation_input_tokens: 4_000 },
    }),
    moves: [tokens('input', 10), tokens('output', 20), tokens('cache_read', 300), tokens('cache_write', 4_000)],
  },
  'a probe': {
    act: (service) => fetch(`${service.url}/health/ready`),
    moves: [['health_check_status', { check: 'api_key' }, 1], ['health_check_status', { check: 'notes' }, 1], ['log_lines_total', { level: 'debug' }, 'up']],
  },
  'a scrape': {
    act: (service) => service.metrics(), // the scrape before it tells of none, the one behind it of these two
    moves: [['metrics_scrape_duration_seconds_count', {}, 2], ['metrics_scrape_duration_seconds_sum', {}, 'up'], ['metrics_scrape_bytes', {}, 'up']],
  },
  'a model without a price': {
    environment: () => ({ MODEL: 'some-unknown-model' }),
    act: (service) => ask(service, DONE),
    moves: [requests('success'), ['llm_cost_unknown_model_total', {}, 1], ['llm_requests_total', { model: 'some-unknown-model', status: 'success' }, 1]],
  },
};

const TOOLS: Readonly<Record<string, Drive>> = {
  'a tool that refuses its input': {
    act: (service) => ask(service, { kind: 'tools', calls: [{ name: 'calculator', input: { expression: '1 / 0' } }] }, DONE),
    moves: [requests('success'), tool('calculator', 'error'), toolFailed('calculator', 'validation'), ['log_lines_total', { level: 'warning' }, 1]],
  },
  'a tool that may not': {
    act: (service) => ask(service, addTool(service, 'shy', () => Promise.reject(new Failure('shy', { errorType: 'permission', publicMessage: 'No.' }))), DONE),
    moves: [tool('shy', 'error'), toolFailed('shy', 'permission')],
  },
  'a tool that the model made up': {
    act: (service) => ask(service, { kind: 'tools', calls: [{ name: 'launch_missiles', input: {} }] }, DONE),
    moves: [requests('success'), tool('unknown', 'error'), toolFailed('unknown', 'not_found')],
  },
  'a tool whose upstream hangs': {
    environment: () => ({ TOOL_TIMEOUT: '0.2', SEARXNG_URL: upstreamUrl('hanging') }),
    act: (service) => ask(service, search('metrics'), DONE),
    moves: [requests('success'), tool('web_search', 'timeout'), toolFailed('web_search', 'timeout'), timedOut('tool'), breaker('tool:web_search', 'failures')],
  },
  'a tool whose upstream is broken, until its breaker opens': {
    environment: () => ({ SEARXNG_URL: upstreamUrl('broken') }),
    act: (service) => ask(service, ...Array.from({ length: 6 }, (_none, round) => search(`metrics ${round}`)), DONE),
    moves: [
      tool('web_search', 'error', 5), toolFailed('web_search', 'execution', 5), tool('web_search', 'circuit_open'), toolFailed('web_search', 'circuit_open'),
      breaker('tool:web_search', 'failures', 5), breaker('tool:web_search', 'trips'), breaker('tool:web_search', 'rejections'), became('tool:web_search', 'open'),
    ],
  },
  'a tool that answers when it was given up': {
    environment: () => ({ TOOL_TIMEOUT: '0.1' }),
    act: async (service) => {
      await ask(service, addTool(service, 'stubborn', answerLate), DONE);
      await becomes(service, 'tool_late_results_total{tool_name="stubborn"}', 1);
    },
    moves: [tool('stubborn', 'timeout'), ['tool_late_results_total', { tool_name: 'stubborn' }, 1]],
  },
};

const ENDINGS: Readonly<Record<string, Drive>> = {
  'steps that run out': {
    environment: () => ({ MAX_ITERATIONS: '2' }),
    act: (service) => ask(service, SUM, SUM),
    moves: [requests('error'), failed('max_iterations'), ['agent_max_iterations_total', {}, 1], ['agent_iterations_sum', {}, 2], ['log_lines_total', { level: 'error' }, 1]],
  },
  'a refusal': { act: (service) => ask(service, ending('refusal')), moves: [requests('error'), failed('refusal'), stopped('refusal')] },
  'an answer that was cut short': { act: (service) => ask(service, ending('max_tokens')), moves: [requests('error'), failed('truncated'), stopped('max_tokens')] },
  'a context that is full': {
    act: (service) => ask(service, ending('model_context_window_exceeded')),
    moves: [requests('error'), failed('truncated'), stopped('model_context_window_exceeded')],
  },
  'a pause': { act: (service) => ask(service, ending('pause_turn'), DONE), moves: [requests('success'), stopped('pause_turn')] },
  'a stop sequence': { act: (service) => ask(service, ending('stop_sequence')), moves: [requests('success'), stopped('stop_sequence')] },
  'a reason to stop that nobody knew': { act: (service) => ask(service, ending('went_fishing')), moves: [requests('error'), failed('truncated'), stopped('other')] },
  'an empty answer': { act: (service) => ask(service, { kind: 'reply', content: [] }, { kind: 'reply', content: [] }), moves: [requests('error'), failed('bad_response')] },
};

/** What one failure shows, without what is done about it. */
const ONE_ATTEMPT = () => ({ LLM_ATTEMPTS: '1' });

const MODEL_FAILURES: Readonly<Record<string, Drive>> = {
  'a model that fails until its breaker opens': {
    environment: ONE_ATTEMPT,
    act: async (service) => {
      for (let time = 0; time < 5; time++) await ask(service, { kind: 'error', status: 500, type: 'api_error' });
      await ask(service);
    },
    moves: [
      requests('error', 6), failed('api_error', 5), failed('circuit_open'), called('error', 5), callFailed('api_error', 5),
      breaker(LLM, 'failures', 5), breaker(LLM, 'trips'), breaker(LLM, 'rejections'), became(LLM, 'open'),
      ['circuit_breaker_state', { name: LLM, state: 'open' }, 1], ['circuit_breaker_state', { name: LLM, state: 'closed' }, -1],
      ['agent_degraded', { component: LLM }, 1], ['log_lines_total', { level: 'error' }, 6],
    ],
  },
  'a model that comes back': {
    environment: ONE_ATTEMPT,
    act: async (service) => {
      for (let time = 0; time < 5; time++) await ask(service, { kind: 'error', status: 529, type: 'overloaded_error' });
      service.passTime(90_000); // an opening lasts a minute and a little
      await ask(service, DONE);
      await becomes(service, `circuit_breaker_state{name="${LLM}",state="half_open"}`, 1);
      for (let time = 0; time < 2; time++) await ask(service, DONE);
    },
    moves: [breaker(LLM, 'trips'), became(LLM, 'open'), became(LLM, 'half_open'), became(LLM, 'closed'), requests('success', 3)],
  },
  'every error of the model API': {
    environment: ONE_ATTEMPT,
    act: async (service) => {
      for (const [status, type] of API_ERRORS) {
        await ask(service, { kind: 'error', status, type });
        await ask(service, DONE); // keeps the breaker closed
      }
    },
    moves: API_ERRORS.flatMap(([, type]) => [callFailed(type), failed(type)]),
  },
  'a model that hangs up': { environment: ONE_ATTEMPT, act: (service) => ask(service, { kind: 'reset' }), moves: [called('error'), callFailed('connection_error'), failed('connection_error')] },
  'a model that says nothing': {
    environment: () => ({ ...ONE_ATTEMPT(), LLM_TIMEOUT: '0.2' }),
    act: (service) => ask(service, { kind: 'hang' }),
    moves: [requests('error'), failed('timeout'), called('error'), callFailed('timeout'), timedOut('llm')],
  },
  'a request that takes too long': {
    environment: () => ({ TOTAL_TIMEOUT: '0.2' }),
    act: (service) => ask(service, { kind: 'hang' }),
    moves: [requests('error'), failed('timeout'), timedOut('request')],
  },
};

const CLIENTS: Readonly<Record<string, Drive>> = {
  'a client that goes away': {
    act: (service) => whileAsking(service, { message: 'Hello' }, () => becomes(service, 'agent_requests_active', 1)),
    moves: [requests('cancelled'), called('cancelled'), ['agent_request_duration_seconds_count', { status: 'cancelled' }, 1]],
  },
  'a request that makes no sense': { act: (service) => service.chat({ text: 'the wrong field' }), moves: [refused('validation'), answered('400')] },
  'a conversation that does not exist': {
    act: (service) => service.chat({ message: 'Hello', conversation_id: 'conv_nobody' }),
    moves: [requests('rejected'), refused('not_found'), answered('404'), ['agent_request_duration_seconds_count', { status: 'rejected' }, 1]],
  },
  'a conversation that is busy': {
    act: async (service) => {
      const { conversation_id } = await (await ask(service, DONE)).json() as { readonly conversation_id: string };
      await whileAsking(service, { message: 'One', conversation_id }, () => service.chat({ message: 'Two', conversation_id }));
    },
    moves: [requests('rejected'), refused('conversation_busy'), answered('409')],
  },
};

export const DRIVES: Readonly<Record<string, Drive>> = { ...GOOD, ...TOOLS, ...ENDINGS, ...MODEL_FAILURES, ...CLIENTS, ...OPENAI_DRIVES, ...RESILIENCE_DRIVES, ...RUN_DRIVES };
