import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generatedFiles, SLO_FILE } from '../../../src/slo/generated-files.js';
import { budgetOf, readSlos } from '../../../src/slo/objectives.js';

const GOOD = readFileSync(SLO_FILE, 'utf8');

function read(text: string): () => unknown {
  const path = join(mkdtempSync(join(tmpdir(), 'slo-')), 'slo.yaml');
  writeFileSync(path, text);
  return () => readSlos(path);
}

it('every generated file is what config/slo.yaml says', () => {
  for (const [path, content] of generatedFiles()) expect({ path, content: readFileSync(path, 'utf8') }).toEqual({ path, content });
});

it('a budget has no dust of binary fractions', () => {
  expect([99.9, 99.95, 99, 95].map((target) => budgetOf({ target }))).toEqual([0.001, 0.0005, 0.01, 0.05]);
});

it.each([
  ['a metric that does not exist', GOOD.replace('metric: llm_time_to_first_token_seconds', 'metric: llm_ttft_seconds'), /llm_ttft_seconds is no counter and no histogram/],
  ['a gauge', GOOD.replace('metric: llm_time_to_first_token_seconds', 'metric: agent_requests_active'), /agent_requests_active is no counter/],
  ['a label that the metric does not have', GOOD.replace('labels: { reason:', 'labels: { why:'), /agent_requests_rejected_total has no label why/],
  ['a value that never occurs', GOOD.replace('status: [success]', 'status: [succes]'), /agent_request_duration_seconds\{status\} is never succes/],
  ['a limit between two buckets', GOOD.replace('at_most_seconds: 5', 'at_most_seconds: 4'), /agent_request_duration_seconds has no bucket that ends at 4/],
  ['neither bad events nor a limit', GOOD.replace('    at_most_seconds: 5\n', ''), /latency needs either bad or at_most_seconds/],
  ['an alert that could never fire', GOOD.replace('target: 95', 'target: 90'), /14.4 times the budget is more than everything/],
  ['two objectives of one name', GOOD.replace('name: latency', 'name: availability'), /two objectives have one name/],
  ['a field that nobody knows', GOOD.replace('    window: 30d', '    window: 30d\n    windw: 7d'), /windw/],
  ['another window', GOOD.replace('window: 30d', 'window: 7d'), /expected "30d"/],
  ['no objective', GOOD.replace(/objectives:[^]*?\ncost:/, 'objectives: []\ncost:'), /objectives/],
])('refuses %s, and says so', (_what, text, message) => {
  expect(text).not.toBe(GOOD);
  expect(read(text)).toThrow(message);
});
