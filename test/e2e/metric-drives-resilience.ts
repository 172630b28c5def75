import type { ScriptedStep } from '../../src/llm/simulator/scripted-step.js';
import { LoadShedder } from '../../src/resilience/load-shedder.js';
import { RunStore } from '../../src/store/run-store.js';
import type { RunningApplication } from '../support/running-application.js';
import { storeConversation } from '../support/stored-conversation.js';
import { ask, MODEL, whileAsking } from './metric-drive-steps.js';
import type { Drive, Move } from './metric-drives.js';

const DONE: ScriptedStep = { kind: 'text', text: 'Done.' };
const EMPTY: ScriptedStep = { kind: 'reply', content: [] };
const SUM: ScriptedStep = { kind: 'tools', calls: [{ name: 'calculator', input: { expression: '15 * 23' } }] };
const TOO_LONG: ScriptedStep = { kind: 'error', status: 400, type: 'invalid_request_error', message: 'prompt is too long: 212345 tokens > 200000 maximum' };
const OVERLOADED: ScriptedStep = { kind: 'error', status: 529, type: 'overloaded_error' };
const CUT_CALL: ScriptedStep = { kind: 'reply', stopReason: 'max_tokens', content: [{ type: 'tool_use', name: 'save_note', input: { filename: 'half', content: 'hal' } }] };
const FALLBACK = 'claude-haiku-5-5';

const retried = (reason: string): Move => ['agent_retries_total', { operation: 'llm', reason }, 1];
const denied = (why: string): Move => ['agent_retries_denied_total', { operation: 'llm', why }, 1];
const refused = (reason: string): Move => ['agent_requests_rejected_total', { reason }, 1];
const limited = (seconds: string): ScriptedStep => ({ kind: 'error', status: 429, type: 'rate_limit_error', headers: { 'retry-after': seconds } });

/** A failure of each kind that passes, and the reason it is counted under. */
const PASSING: Readonly<Record<string, readonly [ScriptedStep, string]>> = {
  'a rate limit that passes': [limited('1'), 'rate_limit'],
  'an overloaded model': [OVERLOADED, 'overloaded'],
  'a server error that passes': [{ kind: 'error', status: 500, type: 'api_error' }, 'server_error'],
  'a connection that breaks': [{ kind: 'reset' }, 'connection'],
  'a timeout of the model API': [{ kind: 'error', status: 504, type: 'timeout_error' }, 'timeout'],
};

const RETRIES: Readonly<Record<string, Drive>> = {
  ...Object.fromEntries(Object.entries(PASSING).map(([name, [step, reason]]) => [name, { act: (service: RunningApplication) => ask(service, step, DONE), moves: [retried(reason)] }])),
  'a reply that makes no sense once': {
    act: (service) => ask(service, { kind: 'reply', content: [{ type: 'tool_use', id: 'same', name: 'calculator', input: {} }, { type: 'tool_use', id: 'same', name: 'calculator', input: {} }] }, DONE),
    moves: [retried('bad_response')],
  },
  'a failure that does not pass': { act: (service) => ask(service, OVERLOADED, OVERLOADED, OVERLOADED), moves: [denied('attempts')] },
  'a rate limit for too long': { act: (service) => ask(service, limited('3600')), moves: [denied('retry_after')] },
  'a failure when there is no time left': { environment: () => ({ TOTAL_TIMEOUT: '1' }), act: (service) => ask(service, OVERLOADED), moves: [denied('deadline')] },
  'failures beyond the budget': {
    act: async (service) => {
      service.simulator.enqueue(...Array.from({ length: 60 }, (): ScriptedStep => ({ kind: 'error', status: 400, type: 'invalid_request_error', headers: { 'x-should-retry': 'true' } }))); // no failure for the breaker
      await Promise.all(Array.from({ length: 40 }, () => service.chat({ message: 'Hello' })));
    },
    moves: [['agent_retries_denied_total', { operation: 'llm', why: 'budget' }, 'up']],
  },
};

const STAND_INS: Readonly<Record<string, Drive>> = {
  'a model that another one stands in for': {
    environment: () => ({ FALLBACK_MODELS: FALLBACK }),
    act: (service) => ask(service, { kind: 'error', status: 404, type: 'not_found_error' }, DONE),
    moves: [['agent_fallbacks_total', { from_model: MODEL, to_model: FALLBACK }, 1], ['agent_degraded_total', { component: `llm:${MODEL}` }, 1]],
  },
  'an answer begun anew': {
    act: async (service) => {
      service.simulator.enqueue({ kind: 'error_event', afterEvents: 6, content: [{ type: 'text', text: 'Once upon a time there was an otter who counted.' }] }, DONE);
      await (await service.chat({ message: 'Hello' }, { accept: 'text/event-stream', 'x-stream-restart': '1' })).text();
    },
    moves: [['agent_stream_restarts_total', {}, 1]],
  },
};

const CONVERSATIONS: Readonly<Record<string, Drive>> = {
  'a conversation that was not valid': {
    act: async (service) => {
      await storeConversation(service.app.get(RunStore, { strict: false }), 'conv_old', [{ role: 'user', content: 'Hello' }]);
      await service.chat({ message: 'Hello', conversation_id: 'conv_old' });
    },
    moves: [['history_repaired_total', {}, 1]],
  },
  'a conversation that is too long': {
    act: async (service) => {
      let conversation_id: string | undefined;
      for (let turn = 0; turn < 4; turn++) ({ conversation_id } = await (await service.chat({ message: 'Hello', conversation_id })).json() as { conversation_id: string });
      service.simulator.enqueue(TOO_LONG, DONE);
      await service.chat({ message: 'Hello', conversation_id });
    },
    moves: [['history_trimmed_total', {}, 1]],
  },
  'a request that the model API calls invalid': {
    act: (service) => ask(service, { kind: 'error', status: 400, type: 'invalid_request_error' }),
    moves: [['history_quarantined_total', {}, 1]],
  },
  'an empty answer at first': { act: (service) => ask(service, EMPTY, DONE), moves: [['llm_replies_discarded_total', { why: 'empty' }, 1]] },
  'a tool call that was cut off at first': { act: (service) => ask(service, CUT_CALL, DONE), moves: [['llm_replies_discarded_total', { why: 'cut_tool_call' }, 1]] },
  'a model that goes in circles': { act: (service) => ask(service, SUM, SUM, SUM, SUM), moves: [['agent_runaway_total', {}, 1], ['agent_errors_total', { error_type: 'tool_loop', user_id: 'unknown' }, 1]] },
};

const LOAD: Readonly<Record<string, Drive>> = {
  'a request that has to wait': {
    environment: () => ({ MAX_CONCURRENT_RUNS: '1', QUEUE_TIMEOUT: '20' }),
    act: async (service) => {
      let waiting: Promise<unknown> = Promise.resolve();
      await whileAsking(service, { message: 'One' }, async () => {
        waiting = service.chat({ message: 'Two' });
        while (await service.metric('agent_queue_depth') !== 1) continue;
      });
      await waiting;
    },
    moves: [['agent_queue_wait_seconds_count', {}, 1]],
  },
  'one request too many': {
    environment: () => ({ MAX_CONCURRENT_RUNS: '1', MAX_QUEUED_RUNS: '0' }),
    act: (service) => whileAsking(service, { message: 'One' }, () => service.chat({ message: 'Two' })),
    moves: [refused('queue_full'), ['agent_requests_total', { status: 'rejected', user_id: 'unknown' }, 1]],
  },
  ...Object.fromEntries((['event_loop', 'heap'] as const).map((cause): [string, Drive] => [`a request to a process whose ${cause} is full`, {
    environment: () => ({ SHED_LAG: '30', SHED_HEAP: '1' }),
    act: async (service) => {
      const shedder = service.app.get(LoadShedder, { strict: false });
      const look = shedder.look.bind(shedder);
      look({ lagMilliseconds: cause === 'heap' ? 0 : 31_000, heapRatio: cause === 'heap' ? 2 : 0 });
      shedder.look = () => undefined; // the process itself is well, and would say so
      await service.chat({ message: 'Hello' });
    },
    moves: [refused('load_shed'), ['agent_load_shed_total', { cause }, 1], ['agent_load_shedding', {}, 1]],
  }])),
};

export const RESILIENCE_DRIVES: Readonly<Record<string, Drive>> = { ...RETRIES, ...STAND_INS, ...CONVERSATIONS, ...LOAD };
