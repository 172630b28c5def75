// The architecture, as data: a folder of src may import the folders listed after it, and itself. Changed only with a decision
// record in docs/decisions.
const BELOW_OBSERVABILITY = ['settings', 'kernel'];
const BELOW_RESILIENCE = ['resilience', ...BELOW_OBSERVABILITY];
const MAY_IMPORT = {
  kernel: [],
  settings: ['kernel'],
  logging: BELOW_OBSERVABILITY,
  metrics: BELOW_OBSERVABILITY,
  tracing: BELOW_OBSERVABILITY,
  journal: BELOW_OBSERVABILITY,
  observability: ['logging', 'metrics', 'tracing', 'journal', ...BELOW_OBSERVABILITY],
  resilience: BELOW_OBSERVABILITY,
  slo: ['metrics', ...BELOW_RESILIENCE],
  store: BELOW_RESILIENCE,
  llm: BELOW_RESILIENCE,
  tools: BELOW_RESILIENCE,
  queue: ['store', ...BELOW_RESILIENCE],
  agent: ['llm', 'tools', 'queue', 'store', ...BELOW_RESILIENCE],
  worker: ['agent', 'queue', 'store', 'tracing', ...BELOW_RESILIENCE],
  http: ['slo', 'agent', 'queue', 'llm', 'tools', 'store', 'logging', 'tracing', ...BELOW_RESILIENCE],
  cli: ['slo', 'worker', 'http', 'agent', 'llm', 'tools', 'store', 'logging', 'tracing', ...BELOW_RESILIENCE],
};

// A library is imported in its own room only: [library, the paths that may import it].
const AT_HOME = [
  ['pino|pino-pretty|nestjs-pino', '^src/(logging/|application\\.ts)'],
  ['prom-client|@willsoto', '^src/metrics/'],
  // The API package alone may be read by the other pillars, to put a span's ids on a line and a trace id on an exemplar.
  ['@opentelemetry/(?!api/)|nestjs-otel', '^src/tracing/'],
  ['@opentelemetry/api', '^src/(tracing|logging|metrics)/'],
  ['@anthropic-ai', '^src/llm/'],
  ['undici', '^src/(llm|tools)/'],
  ['kysely|pg', '^src/store/'],
  ['pg-boss', '^src/queue/'],
  // Slow to load, so only what is loaded with the first request for the documentation may import it.
  ['@nestjs/swagger|swagger-ui-dist|@fastify/static', '^src/http/docs/'],
  ['nest-commander', '^src/(cli/|application\\.ts|main\\.ts)'],
  ['fastify|@nestjs/platform-fastify|@nestjs/terminus', '^src/(http/|metrics/|application\\.ts)'],
];

const folders = Object.keys(MAY_IMPORT);

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'kernel-is-pure', severity: 'error', from: { path: '^src/kernel/' }, to: { dependencyTypes: ['npm', 'npm-dev', 'npm-peer'] } },
    { name: 'no-barrels', severity: 'error', from: {}, to: { path: '^src/.*index\\.ts$' } },
    { name: 'no-unlisted-folder', severity: 'error', from: { path: `^src/(?!(${folders.join('|')})/)[^/]+/` }, to: {} },
    ...folders.map((folder) => ({
      name: `${folder}-imports-only-what-is-below`, severity: 'error',
      from: { path: `^src/${folder}/` },
      to: { path: '^src/', pathNot: `^src/(${[folder, ...MAY_IMPORT[folder]].join('|')})/` },
    })),
    ...AT_HOME.map(([library, home]) => ({
      name: `${library.replace(/[^a-z@-]+/g, '-')}-stays-at-home`, severity: 'error',
      from: { path: '^src/', pathNot: home },
      to: { path: `node_modules/(${library})/`.replace('api/)/', 'api/)') },
    })),
    { name: 'not-to-dev-dependencies', severity: 'error', from: { path: '^src/' }, to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'unknown', 'undetermined'] } },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exoticRequireStrings: [],
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'require', 'node', 'default', 'types'], extensions: ['.ts', '.js', '.mjs', '.cjs', '.d.ts'] },
  },
};
