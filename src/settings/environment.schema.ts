import * as z from 'zod';

const flag = z.stringbool({ truthy: ['true', '1', 'yes', 'on'], falsy: ['false', '0', 'no', 'off'] });
const seconds = (fallback: number) => z.coerce.number().positive().max(86_400).default(fallback);
const url = z.url({ protocol: /^https?$/, hostname: /^.+$/ });
const path = z.string().trim().min(1).max(4_096);
const secret = z.string().trim().min(1).max(1_000).regex(/^[\x21-\x7e]+$/, 'must be visible ASCII without spaces');

const MODEL_ID = /^[A-Za-z0-9][A-Za-z0-9._:/@[\]-]{0,127}$/;
const models = z.string().transform((text) => text.split(',').map((id) => id.trim()))
  .pipe(z.array(z.string().regex(MODEL_ID)).max(5));
/** What a search provider can not do without. A map: what is looked up in it may be anything. */
const NEEDS = new Map<string, 'SEARXNG_URL' | 'BRAVE_API_KEY' | 'TAVILY_API_KEY'>([['searxng', 'SEARXNG_URL'], ['brave', 'BRAVE_API_KEY'], ['tavily', 'TAVILY_API_KEY']]);

/**
 * Every environment variable that the application reads, with its default and unit. Names from the seed keep their meaning.
 * `.env.example` is rendered from this table and checked against it.
 */
export const ENVIRONMENT = z.object({
  ANTHROPIC_API_KEY: secret.optional().describe('Key of the Messages API. Without it (and without ANTHROPIC_BASE_URL) the simulated model answers.'),
  ANTHROPIC_BASE_URL: url.optional().describe('Any server that speaks the Messages API (Ollama, vLLM, LiteLLM, …). Default: the real API.'),
  MODEL: z.string().trim().regex(MODEL_ID).optional().describe('Model id. Default: the `default` of config/models.yaml.'),
  MAX_TOKENS: z.coerce.number().int().min(1).max(128_000).default(4_096).describe('Tokens that one model reply may have.'),
  TEMPERATURE: z.coerce.number().min(0).max(1).optional().describe('0 to 1. Unset: the model\'s own; some models accept none.'),
  MAX_ITERATIONS: z.coerce.number().int().min(1).max(100).default(10).describe('Model calls that one request may make.'),
  FALLBACK_MODELS: models.default([]).describe('Model ids, separated by commas, that answer in this order when MODEL can not. Same server and key.'),
  LLM_TIMEOUT: seconds(30).describe('Seconds until the model must begin to answer. Then it may be silent for two thirds of that; a whole call, retries included, may last three times as long.'),
  TOOL_TIMEOUT: seconds(10).describe('Seconds that one tool call may take.'),
  TOTAL_TIMEOUT: seconds(120).describe('Seconds that one request to the agent may take.'),
  LLM_ATTEMPTS: z.coerce.number().int().min(1).max(3).default(3).describe('Times that one model call is tried, the first included, if it fails in a way that passes.'),
  BREAKER_OPEN: seconds(60).describe('Seconds that a circuit breaker refuses calls after it opened for the first time; doubled each time it opens again, up to five times that.'),
  MAX_CONCURRENT_RUNS: z.coerce.number().int().min(1).max(10_000).default(200).describe('Requests to the agent that may run at once.'),
  MAX_QUEUED_RUNS: z.coerce.number().int().min(0).max(100_000).default(200).describe('Requests that may wait for their turn; more are refused with 503.'),
  QUEUE_TIMEOUT: seconds(2).describe('Seconds that a request may wait for its turn.'),
  WORKER_CONCURRENCY: z.coerce.number().int().min(1).max(1_000).default(10).describe('Runs that are taken from the queue at once.'),
  DRAIN_TIMEOUT: z.coerce.number().positive().max(3_600).default(25).describe('Seconds that running requests get to their end when the process is asked to end. Then they are told, or go back to the queue.'),
  DRAIN_DELAY: z.coerce.number().min(0).max(60).default(5).describe('Seconds that `serve` still listens after SIGTERM, and refuses, while load balancers take it out.'),
  SHED_LAG: z.coerce.number().min(0).max(60).default(0.5).describe('Seconds: while the event loop is later than that (99th percentile of two seconds), new HTTP requests to the agent are refused. 0: never.'),
  SHED_HEAP: z.coerce.number().min(0).max(1).default(0.85).describe('Share of the heap limit from which on new HTTP requests to the agent are refused. 0: never.'),
  SYSTEM_PROMPT: z.string().trim().min(1).max(100_000).optional().describe('Replaces the built-in instructions to the model.'),

  ENVIRONMENT: z.string().trim().regex(/^[A-Za-z0-9_.-]{1,64}$/).default('development').describe('Name of this deployment, on every log line, span and in app_info.'),
  LOG_LEVEL: z.string().trim().toUpperCase().pipe(z.enum(['DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL'])).optional()
    .describe('DEBUG, INFO, WARNING, ERROR or CRITICAL. Default: INFO; WARNING for a conversation on a terminal.'),
  JSON_LOGS: flag.optional().describe('true: one JSON object a line. false: for people. Default: true unless logs go to a terminal.'),
  LOG_TOOL_INPUT: z.enum(['keys', 'redacted', 'full']).default('redacted').describe('What logs show of tool inputs: field names, redacted values, or everything but secrets.'),
  METRICS_USER_LABEL: z.enum(['off', 'bounded', 'hashed']).default('bounded').describe('The label user_id: none, the first 50 ids, or their hashes.'),

  OTLP_ENDPOINT: url.optional().describe('OTLP collector for traces, and for logs with OTEL_LOGS_EXPORTER=otlp; port 4317 means gRPC. Standard OTEL_EXPORTER_OTLP_* variables win.'),
  TRACE_CONSOLE: flag.default(false).describe('true: every span as one line of JSON on stderr.'),
  TRACE_SPAN_NAMES: z.enum(['seed', 'semconv']).default('seed').describe('Span names: agent.process, llm.call, … or those of the GenAI conventions.'),
  TRACE_TRUST_INCOMING: flag.default(true).describe('true: continue the caller\'s trace. false: start a new one that links to it.'),
  OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: z.string().trim().toUpperCase()
    .pipe(z.enum(['TRUE', 'FALSE', 'NO_CONTENT', 'SPAN_ONLY', 'EVENT_ONLY', 'SPAN_AND_EVENT'])).default('NO_CONTENT')
    .describe('SPAN_ONLY or true: put prompts, answers and tool inputs (redacted) on spans.'),

  HOST: z.string().trim().regex(/^[A-Za-z0-9._:%-]{1,253}$/).default('127.0.0.1').describe('Address to listen on.'),
  PORT: z.coerce.number().int().min(0).max(65_535).default(8_080).describe('Port to listen on; 0 picks a free one.'),
  REQUEST_TIMEOUT: seconds(30).describe('Seconds a client may take to send a request. Its headers get half of that; a client that takes nothing of its answer is cut off after twice that.'),
  DATA_DIR: path.default('./data').describe('Folder for what the service keeps.'),
  DATABASE_URL: z.string().trim().max(2_000).regex(/^(?:postgres(?:ql)?:\/\/\S+|memory:)$/, 'must begin with postgres://, or be memory:').optional()
    .describe('Postgres that keeps runs and conversations, for more than one process. Default: a SQLite file in DATA_DIR. memory: keeps nothing beyond the process.'),
  LEASE: seconds(30).describe('Seconds after which a run whose process gives no sign of life is taken over by another one.'),
  RETENTION: z.coerce.number().positive().max(3_650).default(30).describe('Days that a conversation is kept after it was last used.'),
  MAX_LOG_MB: z.coerce.number().int().min(1).max(10_000_000).default(1_024).describe('MiB that the event logs of all runs may take; the oldest go first. Answers and conversations stay.'),
  NOTES_DIR: path.default('./notes').describe('Folder that save_note writes to.'),

  SEARCH_PROVIDER: z.enum(['none', 'searxng', 'brave', 'tavily']).default('none').describe('Who answers web_search. none: the tool is not offered (the simulated model brings its own).'),
  SEARXNG_URL: url.optional().describe('Base URL of a SearXNG instance, for SEARCH_PROVIDER=searxng.'),
  BRAVE_API_KEY: secret.optional().describe('Key for SEARCH_PROVIDER=brave.'),
  TAVILY_API_KEY: secret.optional().describe('Key for SEARCH_PROVIDER=tavily.'),
  OPEN_METEO_URL: url.default('https://api.open-meteo.com').describe('Weather service (no key needed).'),
  OPEN_METEO_GEOCODING_URL: url.default('https://geocoding-api.open-meteo.com').describe('Place names to coordinates, for the weather service.'),

  SIMULATOR_FIRST_TOKEN: z.coerce.number().min(0).max(600).default(0.15).describe('Seconds before the simulated model begins to answer.'),
  SIMULATOR_TOKENS_PER_SECOND: z.coerce.number().min(0).max(1_000_000).default(80).describe('Tokens a second of the simulated model; 0 means at once.'),
}).superRefine((environment, context) => {
  const needed = NEEDS.get(environment.SEARCH_PROVIDER);
  const isBad = context.issues.some(({ path: [name] = [] }) => name === needed);
  if (needed && environment[needed] === undefined && !isBad) {
    context.addIssue({ code: 'custom', path: [needed], message: `is required when SEARCH_PROVIDER is ${environment.SEARCH_PROVIDER}` });
  }
}, { when: () => true }); // also when others are bad: all are listed at once
export type Environment = z.infer<typeof ENVIRONMENT>;

/** The environment can not be used. Names every bad variable and what it must be, and never shows a value. */
export class InvalidEnvironment extends Error {
  override readonly name = 'InvalidEnvironment';

  constructor(readonly problems: readonly string[]) {
    super(`The environment is not valid:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
  }
}

/** @throws InvalidEnvironment that lists all bad names at once. An empty variable counts as unset, as in most shells' `.env`. */
export function parseEnvironment(variables: Readonly<Record<string, string | undefined>>): Environment {
  const set = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== undefined && value.trim() !== ''));
  const parsed = ENVIRONMENT.safeParse(set);
  if (parsed.success) return parsed.data;
  throw new InvalidEnvironment(parsed.error.issues.map((issue) => `${String(issue.path[0])}: ${withoutValue(issue)}`));
}

/** What a variable must be. zod's own messages name expectations only, but a custom check could echo input: keep to codes. */
function withoutValue(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type': return `must be a ${issue.expected}`;
    case 'too_small': return `must be at least ${issue.minimum}`;
    case 'too_big': return `must be at most ${issue.maximum}`;
    case 'invalid_value': return `must be one of ${issue.values.join(', ')}`;
    case 'invalid_format': return issue.format === 'url' ? 'must be an http or https URL' : 'has a character or length that is not allowed';
    case 'custom': return issue.message;
    default: return 'is not valid';
  }
}
