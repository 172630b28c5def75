import { parseEnvironment, type Environment } from './environment.schema.js';
import { Secret } from './secret.js';

/** Which deployment this is. */
export class ServiceSettings {
  constructor(readonly name: string, readonly version: string, readonly environment: string) {}
}

/** How the agent works on one request. Times in milliseconds. */
export class AgentSettings {
  readonly maxIterations: number;
  readonly totalTimeoutMilliseconds: number;
  readonly systemPrompt: string | undefined;

  constructor(environment: Environment) {
    this.maxIterations = environment.MAX_ITERATIONS;
    this.totalTimeoutMilliseconds = environment.TOTAL_TIMEOUT * 1000;
    this.systemPrompt = environment.SYSTEM_PROMPT;
  }

  /** As the settings may be shown: the instructions to the model are content. */
  toJSON(): object {
    return { ...this, systemPrompt: this.systemPrompt === undefined ? 'built-in' : `set (${this.systemPrompt.length} characters)` };
  }
}

/** Which model answers, and within which limits. Times in milliseconds. */
export class LlmSettings {
  readonly apiKey: Secret | undefined;
  readonly baseUrl: string | undefined;
  readonly model: string | undefined;
  readonly fallbackModels: readonly string[];
  readonly maxTokens: number;
  readonly temperature: number | undefined;
  /** Until the first byte of an answer. */
  readonly beginMilliseconds: number;
  /** Between two bytes that say something. */
  readonly silenceMilliseconds: number;
  /** One call, its retries included. */
  readonly callMilliseconds: number;
  readonly simulatorFirstTokenMilliseconds: number;
  readonly simulatorTokensPerSecond: number;

  constructor(environment: Environment) {
    this.apiKey = environment.ANTHROPIC_API_KEY === undefined ? undefined : new Secret(environment.ANTHROPIC_API_KEY);
    this.baseUrl = environment.ANTHROPIC_BASE_URL;
    this.model = environment.MODEL;
    this.fallbackModels = environment.FALLBACK_MODELS;
    this.maxTokens = environment.MAX_TOKENS;
    this.temperature = environment.TEMPERATURE;
    this.beginMilliseconds = environment.LLM_TIMEOUT * 1000;
    this.silenceMilliseconds = this.beginMilliseconds * 2 / 3;
    this.callMilliseconds = this.beginMilliseconds * 3;
    this.simulatorFirstTokenMilliseconds = environment.SIMULATOR_FIRST_TOKEN * 1000;
    this.simulatorTokensPerSecond = environment.SIMULATOR_TOKENS_PER_SECOND;
  }

  /** True when nobody named a model server: the simulated model answers, and every place that shows a model says so. */
  get simulated(): boolean {
    return this.apiKey === undefined && this.baseUrl === undefined;
  }
}

/** How much is taken on, and how long an upstream that failed is left alone. Times in milliseconds; a limit of 0 is none. */
export class ResilienceSettings {
  readonly llmAttempts: number;
  readonly breakerOpenMilliseconds: number;
  readonly concurrentRuns: number;
  readonly queuedRuns: number;
  readonly queueMilliseconds: number;
  readonly shedLagMilliseconds: number;
  readonly shedHeapRatio: number;

  constructor(environment: Environment) {
    this.llmAttempts = environment.LLM_ATTEMPTS;
    this.breakerOpenMilliseconds = environment.BREAKER_OPEN * 1000;
    this.concurrentRuns = environment.MAX_CONCURRENT_RUNS;
    this.queuedRuns = environment.MAX_QUEUED_RUNS;
    this.queueMilliseconds = environment.QUEUE_TIMEOUT * 1000;
    this.shedLagMilliseconds = environment.SHED_LAG * 1000;
    this.shedHeapRatio = environment.SHED_HEAP;
  }
}

/** Where tools find what they work with. */
export class ToolSettings {
  readonly timeoutMilliseconds: number;
  readonly notesDirectory: string;
  readonly searchProvider: Environment['SEARCH_PROVIDER'];
  readonly searxngUrl: string | undefined;
  readonly searchKey: Secret | undefined;
  readonly openMeteoUrl: string;
  readonly openMeteoGeocodingUrl: string;

  constructor(environment: Environment) {
    this.timeoutMilliseconds = environment.TOOL_TIMEOUT * 1000;
    this.notesDirectory = environment.NOTES_DIR;
    this.searchProvider = environment.SEARCH_PROVIDER;
    this.searxngUrl = environment.SEARXNG_URL;
    const key = this.searchProvider === 'brave' ? environment.BRAVE_API_KEY : environment.TAVILY_API_KEY;
    this.searchKey = key === undefined ? undefined : new Secret(key);
    this.openMeteoUrl = environment.OPEN_METEO_URL;
    this.openMeteoGeocodingUrl = environment.OPEN_METEO_GEOCODING_URL;
  }
}

/** Where the API listens, and how slow a client may be. Times in whole milliseconds, never 0: Node takes that for no limit. */
export class HttpSettings {
  readonly host: string;
  readonly port: number;
  /** For a whole request to arrive. */
  readonly requestMilliseconds: number;
  /** For the headers of a request to arrive. */
  readonly headersMilliseconds: number;
  /** For a client to take something of an answer that waits for it. */
  readonly stallMilliseconds: number;

  constructor(environment: Environment) {
    this.host = environment.HOST;
    this.port = environment.PORT;
    this.requestMilliseconds = Math.ceil(environment.REQUEST_TIMEOUT * 1000);
    this.headersMilliseconds = Math.ceil(this.requestMilliseconds / 2);
    this.stallMilliseconds = 2 * this.requestMilliseconds;
  }
}

/** Where runs and conversations are kept, and for how long. Times in milliseconds. */
export class StoreSettings {
  readonly directory: string;
  /** Of a Postgres, or `memory:`; undefined for a SQLite file in `directory`. */
  readonly databaseUrl: Secret | undefined;
  readonly leaseMilliseconds: number;
  readonly retentionMilliseconds: number;
  readonly mostLogBytes: number;

  constructor(environment: Environment) {
    this.directory = environment.DATA_DIR;
    this.databaseUrl = environment.DATABASE_URL === undefined ? undefined : new Secret(environment.DATABASE_URL);
    this.leaseMilliseconds = environment.LEASE * 1000;
    this.retentionMilliseconds = environment.RETENTION * 86_400_000;
    this.mostLogBytes = environment.MAX_LOG_MB * 1_048_576;
  }

  /** Undefined when this process has its store for itself. */
  get postgresUrl(): Secret | undefined {
    return this.databaseUrl?.reveal().startsWith('postgres') ? this.databaseUrl : undefined;
  }
}

/** `undefined` means: decide by where the lines go. */
export class LoggingSettings {
  readonly level: Environment['LOG_LEVEL'];
  readonly json: boolean | undefined;
  readonly toolInput: Environment['LOG_TOOL_INPUT'];

  constructor(environment: Environment) {
    this.level = environment.LOG_LEVEL;
    this.json = environment.JSON_LOGS;
    this.toolInput = environment.LOG_TOOL_INPUT;
  }
}

export class MetricsSettings {
  constructor(readonly userLabel: Environment['METRICS_USER_LABEL']) {}
}

export class TracingSettings {
  readonly otlpEndpoint: string | undefined;
  readonly console: boolean;
  readonly spanNames: Environment['TRACE_SPAN_NAMES'];
  readonly trustIncoming: boolean;
  readonly captureContent: boolean;

  constructor(environment: Environment) {
    this.otlpEndpoint = environment.OTLP_ENDPOINT;
    this.console = environment.TRACE_CONSOLE;
    this.spanNames = environment.TRACE_SPAN_NAMES;
    this.trustIncoming = environment.TRACE_TRUST_INCOMING;
    this.captureContent = ['TRUE', 'SPAN_ONLY', 'SPAN_AND_EVENT']
      .includes(environment.OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT);
  }
}

/** What is done with runs that wait, and with those that run when the process ends. Times in milliseconds. */
export class WorkerSettings {
  /** Runs that are taken from the queue at once. */
  readonly concurrency: number;
  /** That running requests get to their end. */
  readonly drainMilliseconds: number;
  /** That the listener stays open after SIGTERM, for requests that are on their way already. */
  readonly drainDelayMilliseconds: number;

  constructor(environment: Environment) {
    this.concurrency = environment.WORKER_CONCURRENCY;
    this.drainMilliseconds = environment.DRAIN_TIMEOUT * 1000;
    this.drainDelayMilliseconds = environment.DRAIN_DELAY * 1000;
  }
}

/** Everything that can be set, one injectable slice per concern. */
export class Settings {
  readonly service: ServiceSettings;
  readonly agent: AgentSettings;
  readonly llm: LlmSettings;
  readonly resilience: ResilienceSettings;
  readonly tools: ToolSettings;
  readonly http: HttpSettings;
  readonly store: StoreSettings;
  readonly worker: WorkerSettings;
  readonly logging: LoggingSettings;
  readonly metrics: MetricsSettings;
  readonly tracing: TracingSettings;

  constructor(environment: Environment, version: string) {
    this.service = new ServiceSettings('task-automation-agent', version, environment.ENVIRONMENT);
    this.agent = new AgentSettings(environment);
    this.llm = new LlmSettings(environment);
    this.resilience = new ResilienceSettings(environment);
    this.tools = new ToolSettings(environment);
    this.http = new HttpSettings(environment);
    this.store = new StoreSettings(environment);
    this.worker = new WorkerSettings(environment);
    this.logging = new LoggingSettings(environment);
    this.metrics = new MetricsSettings(environment.METRICS_USER_LABEL);
    this.tracing = new TracingSettings(environment);
  }

  /** @throws InvalidEnvironment */
  static from(variables: Readonly<Record<string, string | undefined>>, version = '0.0.0'): Settings {
    return new Settings(parseEnvironment(variables), version);
  }
}
