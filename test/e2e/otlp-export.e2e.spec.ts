import { Child, jsonLines, plainLines, type ChildOptions, type Ended } from '../support/child.js';
import { OtlpReceiver, type ReceivedExport } from '../support/otlp-receiver.js';

const QUESTION = 'What is 15 multiplied by 23?';
const ANSWER = '15 multiplied by 23 equals 345.\n';
const TREE = { 'agent.process': ['agent.loop'], 'agent.loop': ['llm.call', 'tools.execute', 'llm.call'], 'tools.execute': ['tool.calculator'] };
const receiver = await OtlpReceiver.forThisFile();
afterAll(() => Child.killAll());

function ask(environment: ChildOptions['environment'] = {}): Promise<Ended> {
  return Child.run(['ask', QUESTION], { environment });
}

/** Everything that came, as long as it came in one way. */
function onlyTransport(): ReceivedExport['transport'] | undefined {
  const transports = new Set(receiver.exports.map(({ transport }) => transport));
  return transports.size === 1 ? [...transports][0] : undefined;
}

function holdsContent(value: unknown): boolean {
  return /multiplied|15 \* 23/.test(JSON.stringify(value));
}

function expectWholeTree(): void {
  for (const [parent, children] of Object.entries(TREE)) expect(receiver.childrenOf(receiver.named(parent))).toEqual(children);
  expect(receiver.named('agent.process').parentSpanId).toBe('');
  expect(new Set(receiver.spans.map(({ traceId }) => traceId)).size).toBe(1);
  expect(receiver.spans).toHaveLength(6);
}

describe('the whole trace has arrived when the process ends', () => {
  it.each([
    ['http/protobuf', 'OTLP_ENDPOINT', {}],
    ['grpc', 'OTLP_ENDPOINT', { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }],
    ['http/json', 'OTLP_ENDPOINT', { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' }],
    ['http/protobuf', 'OTEL_EXPORTER_OTLP_ENDPOINT', {}],
    ['grpc', 'OTEL_EXPORTER_OTLP_ENDPOINT', { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }],
    ['http/json', 'OTEL_EXPORTER_OTLP_ENDPOINT', { OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }],
  ] as const)('over %s, named by %s %j', async (transport, variable, environment) => {
    const { code, stdout } = await ask({ [variable]: transport === 'grpc' ? receiver.grpcUrl : receiver.httpUrl, ...environment });
    expect({ code, stdout }).toEqual({ code: 0, stdout: ANSWER });
    expect(onlyTransport()).toBe(transport);
    expectWholeTree();
  });

  it.each([['gzip', 'gzip'], ['none', undefined]])('with compression %s', async (compression, encoding) => {
    await ask({ OTLP_ENDPOINT: receiver.httpUrl, OTEL_EXPORTER_OTLP_COMPRESSION: compression });
    expect(receiver.exports.map(({ headers }) => headers['content-encoding'])).toEqual(receiver.exports.map(() => encoding));
    expectWholeTree();
  });

  it.each(['', '/', '/v1/traces'])('at the path of the signal when the endpoint ends in %j', async (path) => {
    await ask({ OTLP_ENDPOINT: `${receiver.httpUrl}${path}` });
    expect(receiver.exports.map((received) => received.path)).toEqual(['/v1/traces']);
  });

  it('with the headers that the collector asks for', async () => {
    await ask({ OTLP_ENDPOINT: receiver.httpUrl, OTEL_EXPORTER_OTLP_HEADERS: 'x-tenant=on-call' });
    expect(receiver.exports[0]?.headers['x-tenant']).toBe('on-call');
  });
});

describe('a span', () => {
  it('has its kind, its status, its events and both vocabularies of attributes', async () => {
    await ask({ OTLP_ENDPOINT: receiver.httpUrl });
    expect(receiver.named('agent.process')).toMatchObject({
      kind: 1, status: 0, attributes: { user_id: 'cli_user', 'user.id': 'cli_user', input_length: 28, status: 'success', iterations: 2, 'gen_ai.operation.name': 'invoke_agent' },
    });
    const [call] = receiver.spans.filter(({ name }) => name === 'llm.call');
    expect(call).toMatchObject({
      kind: 3, status: 0, events: ['llm.request_sent', 'llm.response_received'],
      attributes: { model: 'simulated', 'gen_ai.request.model': 'simulated', 'gen_ai.response.finish_reasons': ['tool_call'], 'retry.attempt': 1 },
    });
    expect(receiver.named('tool.calculator')).toMatchObject({ kind: 1, events: ['tool.started', 'tool.completed'], attributes: { tool_name: 'calculator', 'gen_ai.tool.name': 'calculator' } });
  });

  it('belongs to the trace that the answer names', async () => {
    const { stdout } = await Child.run(['ask', '--json', QUESTION], { environment: { OTLP_ENDPOINT: receiver.httpUrl } });
    expect(receiver.named('agent.process').traceId).toBe((JSON.parse(stdout) as { trace_id: string }).trace_id);
  });

  it('has the conventions\' names when that is asked for', async () => {
    await ask({ OTLP_ENDPOINT: receiver.httpUrl, TRACE_SPAN_NAMES: 'semconv' });
    expect(receiver.spans.map(({ name }) => name).sort()).toEqual(['agent.loop', 'chat simulated', 'chat simulated', 'execute_tool calculator', 'invoke_agent task-automation-agent', 'tools.execute']);
  });

  it('holds content only when somebody asked for it', async () => {
    await ask({ OTLP_ENDPOINT: receiver.httpUrl });
    expect(receiver.spans.filter(({ attributes }) => holdsContent(attributes))).toEqual([]);
    receiver.clear();
    await ask({ OTLP_ENDPOINT: receiver.httpUrl, OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: 'SPAN_ONLY' });
    expect(receiver.named('tool.calculator').attributes['gen_ai.tool.call.arguments']).toBe('{"expression":"15 * 23"}');
    expect(receiver.spans.filter(({ attributes }) => holdsContent(attributes)).map(({ name }) => name).sort()).toEqual(['llm.call', 'llm.call', 'tool.calculator']);
  });

  it('does not tell the question as a word of the command line', async () => {
    await ask({ OTLP_ENDPOINT: receiver.httpUrl });
    expect(Object.entries(receiver.named('agent.loop').resource).filter(([, value]) => holdsContent(value))).toEqual([]);
  });
});

describe('the standard variables', () => {
  it('win over OTLP_ENDPOINT', async () => {
    await ask({ OTLP_ENDPOINT: 'http://127.0.0.1:9', OTEL_EXPORTER_OTLP_ENDPOINT: receiver.httpUrl });
    expectWholeTree();
  });

  it('say what the service is called and where it runs', async () => {
    await ask({ OTLP_ENDPOINT: receiver.httpUrl, OTEL_SERVICE_NAME: 'night-shift', OTEL_RESOURCE_ATTRIBUTES: 'team=on-call,deployment.environment.name=canary,service.instance.id=pod-7,host.name=web-1' });
    expect(receiver.named('agent.loop').resource).toMatchObject({
      'service.name': 'night-shift', team: 'on-call', 'deployment.environment.name': 'canary', 'service.instance.id': 'pod-7', 'host.name': 'web-1',
    });
  });

  it('need not be set: the service says who it is', async () => {
    await ask({ OTLP_ENDPOINT: receiver.httpUrl, ENVIRONMENT: 'staging' });
    expect(receiver.named('agent.loop').resource).toMatchObject({
      'service.name': 'task-automation-agent', 'service.version': expect.stringMatching(/^\d+\.\d+\.\d+/), 'deployment.environment.name': 'staging', environment: 'staging',
    });
  });

  it.each([
    ['OTEL_SDK_DISABLED', 'true'], ['OTEL_TRACES_EXPORTER', 'none'], ['OTEL_TRACES_SAMPLER', 'always_off'],
  ])('%s=%s exports nothing, and the answer is the same', async (name, value) => {
    const { code, stdout } = await ask({ OTLP_ENDPOINT: receiver.httpUrl, [name]: value });
    expect({ code, stdout, exports: receiver.exports.length }).toEqual({ code: 0, stdout: ANSWER, exports: 0 });
  });

  it.each(['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_EXPORTER_OTLP_PROTOCOL'])('an empty %s is one that is not set', async (name) => {
    const { code, stdout } = await ask({ OTLP_ENDPOINT: receiver.httpUrl, [name]: '' });
    expect({ code, stdout }).toEqual({ code: 0, stdout: ANSWER });
    expectWholeTree();
  });

  it.each([
    ['OTEL_TRACES_EXPORTER', 'zipkin', 'must be otlp or none'], ['OTEL_LOGS_EXPORTER', 'oltp', 'must be otlp or none'],
    ['OTEL_EXPORTER_OTLP_PROTOCOL', 'http', 'must be one of grpc, http/protobuf, http/json'], ['OTEL_EXPORTER_OTLP_LOGS_PROTOCOL', 'grcp', 'must be one of grpc'],
  ])('a word in %s that means nothing here is refused before anything starts: telemetry is never silently off', async (name, value, complaint) => {
    const { code, stderr } = await ask({ OTLP_ENDPOINT: receiver.httpUrl, [name]: value });
    expect({ code, said: plainLines(stderr).join('\n') }).toEqual({ code: 78, said: expect.stringContaining(`${name}: ${complaint}`) });
    expect((await ask({ OTEL_SDK_DISABLED: 'true', [name]: value })).code).toBe(0);
  });

  it.each(['not a url', 'collector:4317', 'ftp://collector'])('an endpoint like "%s" is refused by name before anything starts, and not repeated', async (value) => {
    const { code, stderr } = await ask({ OTEL_EXPORTER_OTLP_ENDPOINT: value });
    const said = plainLines(stderr).join('\n');
    expect({ code, named: /OTEL_EXPORTER_OTLP_ENDPOINT: must be an http or https URL/.test(said), repeated: said.includes(value) })
      .toEqual({ code: 78, named: true, repeated: false });
  });
});

describe('TRACE_CONSOLE', () => {
  it('prints each span as one line of JSON on stderr, and leaves stdout to the answer', async () => {
    const { code, stdout, stderr } = await ask({ TRACE_CONSOLE: 'true' });
    expect({ code, stdout }).toEqual({ code: 0, stdout: ANSWER });
    const spans = jsonLines(stderr).filter((line) => 'span' in line);
    expect(spans.map(({ span }) => span).sort()).toEqual(['agent.loop', 'agent.process', 'llm.call', 'llm.call', 'tool.calculator', 'tools.execute']);
    for (const span of spans) {
      expect(span).toMatchObject({ trace_id: expect.stringMatching(/^[0-9a-f]{32}$/), span_id: expect.stringMatching(/^[0-9a-f]{16}$/), status: 'unset', attributes: expect.any(Object) });
      expect(Number(span.duration_ms)).toBeGreaterThan(0);
    }
  });

  it('works beside a collector', async () => {
    const { stderr } = await ask({ TRACE_CONSOLE: 'true', OTLP_ENDPOINT: receiver.httpUrl });
    expect(jsonLines(stderr).filter((line) => 'span' in line)).toHaveLength(6);
    expectWholeTree();
  });
});
