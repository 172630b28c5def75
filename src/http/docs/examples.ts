import { AGENT_NAME } from '../../agent/agent-name.js';

/** What the document shows of one question. */
const IDS = {
  run_id: 'run_da132a7b-8d20-416b-a6d0-f3155634b084', conversation_id: 'conv_3e1a78f3-f4dd-4610-9102-e880a3a708b7', correlation_id: 'a1b2c3d4-e5f6-7890-abcd-ef1234567890',
};

export const QUESTION = { message: 'What is 15 multiplied by 23?' };

export const RESULT = {
  reply: '15 multiplied by 23 equals 345.', ...IDS, trace_id: null, outcome: 'success', error_type: null, stop_reason: 'end_turn', truncated: false,
  model: 'simulated', simulated: true, iterations: 2, tool_calls: [{ id: 'toolu_7cfcef2e9ae429c9632a0000', name: 'calculator', status: 'success' }],
  usage: { input_tokens: 1164, output_tokens: 17, cache_read_tokens: 0, cache_write_tokens: 0, llm_calls: 2 }, cost_usd: 0.002498, duration_ms: 559.464, degraded: [],
};

export const ACCEPTED = { run_id: IDS.run_id, status: 'queued' };

export const RUN = {
  ...IDS, status: 'ended', outcome: 'success', error_type: null, ...QUESTION, priority: 0, attempts: 1, cancel_requested: false,
  created_at: '2026-11-23T14:02:07.283Z', started_at: '2026-11-23T14:02:07.287Z', ended_at: '2026-11-23T14:02:07.846Z', result: RESULT, error: null,
};

export const CONVERSATION = {
  conversation_id: IDS.conversation_id, created_at: RUN.created_at, updated_at: RUN.ended_at,
  messages: [
    { role: 'user', content: QUESTION.message },
    { role: 'assistant', content: [{ type: 'tool_use', id: 'toolu_7cfcef2e9ae429c9632a0000', name: 'calculator', input: { expression: '15 * 23' } }] },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_7cfcef2e9ae429c9632a0000', content: '345' }] },
    { role: 'assistant', content: [{ type: 'text', text: RESULT.reply }] },
  ],
};

export const EVENTS = [
  sse(1_000_001, 'run.started', { version: 1, ...IDS }),
  sse(1_000_003, 'tool.started', { id: 'toolu_7cfcef2e9ae429c9632a0000', name: 'calculator' }),
  sse(1_000_004, 'tool.completed', { id: 'toolu_7cfcef2e9ae429c9632a0000', name: 'calculator', status: 'success', error_type: null }),
  sse(1_000_005, 'text.delta', { text: RESULT.reply }),
  sse(1_000_007, 'run.completed', RESULT),
].join('');

const FRAME = { id: `chatcmpl-${IDS.run_id}`, created: 1_795_442_527, model: AGENT_NAME };

export const COMPLETION_REQUEST = { model: FRAME.model, messages: [{ role: 'user', content: QUESTION.message }], stream: false };

export const COMPLETION = {
  ...FRAME, object: 'chat.completion',
  choices: [{ index: 0, message: { role: 'assistant', content: RESULT.reply, refusal: null }, logprobs: null, finish_reason: 'stop' }],
  usage: { prompt_tokens: 1164, completion_tokens: 17, total_tokens: 1181, prompt_tokens_details: { cached_tokens: 0 } },
};

export const CHUNKS = `${[
  { ...FRAME, object: 'chat.completion.chunk', choices: [{ index: 0, delta: { role: 'assistant', content: '' }, logprobs: null, finish_reason: null }] },
  { ...FRAME, object: 'chat.completion.chunk', choices: [{ index: 0, delta: { content: RESULT.reply }, logprobs: null, finish_reason: null }] },
  { ...FRAME, object: 'chat.completion.chunk', choices: [{ index: 0, delta: {}, logprobs: null, finish_reason: 'stop' }] },
].map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join('')}data: [DONE]\n\n`;

function sse(id: number, event: string, data: object): string {
  return `id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
