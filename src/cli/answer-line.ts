import { formatUsd } from '../kernel/money.js';
import type { RunResult } from '../agent/run-result.js';

/** The quiet line under each answer: what it took. */
export function answerLine(result: RunResult): string {
  const { usage, tool_calls: tools } = result;
  const names = tools.map(({ name, status }) => (status === 'success' ? name : `${name} failed`)).join(', ');
  const parts = [
    ...(result.outcome === 'success' ? [] : [`${result.outcome}: ${result.error_type ?? result.stop_reason}`]),
    `${usage.llm_calls} LLM ${usage.llm_calls === 1 ? 'call' : 'calls'}`,
    tools.length === 0 ? 'no tools' : `${tools.length} ${tools.length === 1 ? 'tool' : 'tools'} (${names})`,
    `${usage.input_tokens + usage.cache_read_tokens + usage.cache_write_tokens} + ${usage.output_tokens} tokens`,
    result.cost_usd === null ? 'cost unknown' : `${formatUsd(result.cost_usd)}${result.simulated ? ' simulated' : ''}`,
    `${(result.duration_ms / 1000).toFixed(2)} s`,
    result.correlation_id,
  ];
  return parts.join(' · ');
}
