import { Failure } from '../../../src/kernel/failure.js';
import { Observation } from '../../../src/kernel/observer.js';
import { createLogger } from '../../../src/logging/log.js';
import { LoggingPillar } from '../../../src/logging/logging.pillar.js';
import { Settings } from '../../../src/settings/settings.js';
import { MemoryOutput, type LogRecord } from '../../support/memory-output.js';

const KEY = ['sk', 'ant', 'api03', 'x'.repeat(40)].join('-');
const INPUT = { query: 'weather in Paris', api_key: 'hunter2hunter2', note: `key ${KEY}`, deep: { password: 'hunter2hunter2', list: [1, 2] }, long: 'y'.repeat(5_000) };

function pillarWith(environment: Readonly<Record<string, string>> = {}, level = 'debug'): { readonly pillar: LoggingPillar; readonly output: MemoryOutput } {
  const settings = Settings.from(environment);
  const output = new MemoryOutput(level);
  return { pillar: new LoggingPillar(createLogger(settings.service, output, () => undefined), settings.logging), output };
}

/** The two lines of a tool call with this input. */
function linesOf(input: unknown, environment: Readonly<Record<string, string>> = {}, level?: string): readonly LogRecord[] {
  const { pillar, output } = pillarWith(environment, level);
  const observation = new Observation('tool.call', { tool_name: 'web_search', tool_use_id: 'toolu_1', tool_input: input });
  const scope = pillar.begin(observation);
  observation.learn({ result_length: 6, result_bytes: 6, tool_result: 'CANARY' });
  observation.settle();
  scope.end(observation);
  return output.lines;
}

describe('the input of a tool', () => {
  it('is only the names of its fields with LOG_TOOL_INPUT=keys', () => {
    for (const line of linesOf(INPUT, { LOG_TOOL_INPUT: 'keys' })) expect(line.tool_input).toEqual(['query', 'api_key', 'note', 'deep', 'long']);
  });

  it('is shown without secrets and cut short by default', () => {
    for (const line of linesOf(INPUT)) {
      expect(line.tool_input).toEqual({
        query: 'weather in Paris', api_key: '[redacted]', note: 'key [redacted]', deep: { password: '[redacted]', list: [1, 2] },
        long: expect.stringMatching(/^y{1000}… \(5000 characters\)$/),
      });
    }
  });

  it('is shown in full with LOG_TOOL_INPUT=full, but for secrets', () => {
    for (const line of linesOf(INPUT, { LOG_TOOL_INPUT: 'full' })) {
      expect(line.tool_input).toEqual({ ...INPUT, api_key: '[redacted]', note: 'key [redacted]', deep: { password: '[redacted]', list: [1, 2] } });
    }
  });

  it.each(['keys', 'redacted', 'full'])('is a description when it is no object (%s)', (mode) => {
    for (const input of ['CANARY', 7, true, null, undefined]) expect(JSON.stringify(linesOf(input, { LOG_TOOL_INPUT: mode }))).not.toContain('CANARY');
  });

  it('may be anything that JSON can be', () => {
    for (const input of [[], {}, [[[[[[[[1]]]]]]]], { a: null }, { '': '' }, { a: 'x\ny' }]) expect(linesOf(input)).toHaveLength(2);
  });
});

describe('an operation', () => {
  it('is a line when it begins and a line when it ends', () => {
    expect(linesOf(INPUT).map(({ event, level, status, tool_name }) => ({ event, level, status, tool_name }))).toEqual([
      { event: 'tool.executing', level: 'info', status: undefined, tool_name: 'web_search' },
      { event: 'tool.execution_completed', level: 'info', status: 'success', tool_name: 'web_search' },
    ]);
  });

  it('tells its result by size only', () => {
    const lines = linesOf(INPUT);
    expect(lines[1]).toMatchObject({ result_length: 6, result_bytes: 6 });
    expect(JSON.stringify(lines)).not.toContain('CANARY');
  });

  it.each([
    ['a timeout', new Failure('x', { errorType: 'timeout', publicMessage: 'It took too long.' }), { level: 'warning', error_type: 'timeout', error: 'x: It took too long.', status: 'timeout' }],
    ['a bug', new TypeError('undefined is not a function'), { level: 'warning', error_type: '_OTHER', error: 'undefined is not a function', status: 'error' }],
    ['a cancellation', AbortSignal.abort().reason as unknown, { level: 'info', error_type: 'aborted' }],
  ])('that ends with %s says so', (_what, error, line) => {
    const { pillar, output } = pillarWith();
    const observation = new Observation('tool.call', { tool_name: 'web_search', tool_use_id: 'toolu_1', tool_input: {} });
    const scope = pillar.begin(observation);
    observation.settle({ error });
    scope.end(observation);
    expect(output.lines.at(-1)).toMatchObject({ event: 'tool.execution_failed', ...line });
  });

  it('shows no content of a model call, whatever LOG_TOOL_INPUT says', () => {
    const { pillar, output } = pillarWith({ LOG_TOOL_INPUT: 'full' });
    const observation = new Observation('llm.call', {
      provider: 'p', model: 'm', max_tokens: 1, temperature: undefined, messages_count: 1, stream: false, attempt: 1, server_address: 'a', server_port: 1,
      input_messages: [{ role: 'user', content: 'CANARY' }],
    });
    const scope = pillar.begin(observation);
    observation.learn({ output_message: [{ type: 'text', text: 'CANARY' }], input_tokens: 10 });
    observation.settle();
    scope.end(observation);
    expect(output.lines.map(({ event }) => event)).toEqual(['llm.calling', 'llm.call_completed']);
    expect(output.text.join('')).not.toContain('CANARY');
    expect(output.lines[1]).toMatchObject({ messages_count: 1, input_tokens: 10, duration_ms: expect.any(Number) });
  });

  it('writes nothing below the level that is asked for', () => {
    expect(linesOf(INPUT, {}, 'warn')).toEqual([]);
    expect(linesOf(INPUT, {}, 'silent')).toEqual([]);
  });
});

describe('a fact', () => {
  it('is one line with its details', () => {
    const { pillar, output } = pillarWith();
    pillar.note('breaker.changed', { name: 'llm:m', from: 'closed', to: 'open', closed: 0, open: 1, half_open: 0 });
    expect(output.lines).toEqual([expect.objectContaining({ level: 'warning', event: 'circuit_breaker.state_changed', name: 'llm:m', from: 'closed', to: 'open' })]);
  });

  it('without a line in the catalogue is not logged', () => {
    const { pillar, output } = pillarWith();
    pillar.note('iteration.completed', { iteration: 1 });
    expect(output.text).toEqual([]);
  });
});

it('a pillar that broke is an error with its stack, and nothing else happens', () => {
  const { pillar, output } = pillarWith();
  pillar.pillarFailed(new Error(`broken ${KEY}`));
  expect(output.lines).toEqual([expect.objectContaining({ level: 'error', event: 'telemetry.pillar_failed', error_detail: expect.objectContaining({ message: 'broken [redacted]' }) })]);
});
