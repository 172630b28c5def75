import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { InvalidEnvironment } from '../../../src/settings/environment.schema.js';
import { Settings } from '../../../src/settings/settings.js';
import { renderEnvExample } from '../../support/env-example.js';

it('needs nothing', () => {
  const settings = Settings.from({});
  expect(settings.llm.simulated).toBe(true);
  expect(settings.http).toEqual({ host: '127.0.0.1', port: 8080, requestMilliseconds: 30_000, headersMilliseconds: 15_000, stallMilliseconds: 60_000 });
  expect(settings.agent).toMatchObject({ maxIterations: 10, totalTimeoutMilliseconds: 120_000 });
});

it('lists every bad variable at once, and never a value', () => {
  const bad = { PORT: 'eighty-eighty', MAX_TOKENS: '-5', LLM_TIMEOUT: 'NaN', LOG_LEVEL: 'LOUD', OTLP_ENDPOINT: 'hunter2', TRACE_CONSOLE: 'maybe', ANTHROPIC_API_KEY: 'two words', MODEL: '<script>', TEMPERATURE: '9' };
  const error = thrownBy(() => Settings.from(bad));
  expect(error).toBeInstanceOf(InvalidEnvironment);
  for (const [name, value] of Object.entries(bad)) {
    expect(error.message).toContain(`${name}:`);
    expect(error.message).not.toContain(value);
  }
});

it.each(['Infinity', '0', '-1', '1e9', 'abc'])('refuses a timeout of %s seconds', (value) => {
  expect(() => Settings.from({ TOTAL_TIMEOUT: value })).toThrow(InvalidEnvironment);
});

it('takes an empty variable as unset', () => {
  expect(Settings.from({ ANTHROPIC_API_KEY: '', PORT: ' ' }).llm.simulated).toBe(true);
});

it('takes log levels as the seed wrote them, in any case', () => {
  expect(Settings.from({ LOG_LEVEL: 'debug' }).logging.level).toBe('DEBUG');
});

it('does not simulate when a server or a key is named', () => {
  expect(Settings.from({ ANTHROPIC_API_KEY: 'k' }).llm.simulated).toBe(false);
  expect(Settings.from({ ANTHROPIC_BASE_URL: 'http://127.0.0.1:11434' }).llm.simulated).toBe(false);
});

it('wants the key of the search engine that was chosen', () => {
  expect(thrownBy(() => Settings.from({ SEARCH_PROVIDER: 'brave' })).message).toContain('BRAVE_API_KEY: is required');
});

it('never prints a key, however it is printed', () => {
  const settings = Settings.from({ ANTHROPIC_API_KEY: 'hunter2', SEARCH_PROVIDER: 'tavily', TAVILY_API_KEY: 'hunter2' });
  for (const shown of [JSON.stringify(settings), inspect(settings, { depth: 9, showHidden: true }), String(settings.llm.apiKey), String(settings.tools.searchKey)]) {
    expect(shown).not.toContain('hunter2');
  }
  expect(settings.llm.apiKey?.reveal()).toBe('hunter2');
});

it('is documented in .env.example, variable by variable, with its default', () => {
  expect(readFileSync('.env.example', 'utf8')).toBe(renderEnvExample());
});

function thrownBy(work: () => unknown): Error {
  try {
    work();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}
