import { Server as GrpcServer, ServerCredentials, type sendUnaryData, type ServerUnaryCall } from '@grpc/grpc-js';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import root from 'otlp-root/build/src/generated/root.js';

type Transport = 'http/protobuf' | 'http/json' | 'grpc';

/** One export, as it came. */
export interface ReceivedExport {
  readonly transport: Transport;
  /** Path of the HTTP request; empty for gRPC. */
  readonly path: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly spans: readonly ReceivedSpan[];
  readonly logs: readonly ReceivedLog[];
}

/** One log record. */
export interface ReceivedLog {
  readonly body: unknown;
  readonly severity: string;
  /** OTLP's number: 5 debug, 9 info, 13 warning, 17 error, 21 fatal. */
  readonly severityNumber: number;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly eventName: string;
  /** Empty when the line belongs to no span. */
  readonly traceId: string;
  readonly spanId: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly resource: Readonly<Record<string, unknown>>;
}

export interface ReceivedSpan {
  readonly name: string;
  /** OTLP's number: 1 internal, 2 server, 3 client. */
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for a root. */
  readonly parentSpanId: string;
  /** OTLP's number: 0 unset, 1 ok, 2 error. */
  readonly status: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly events: readonly string[];
  readonly resource: Readonly<Record<string, unknown>>;
}

/** The part of the wire format that is read here. protobufjs gives the generated root no types; of a value all but one field are null. */
interface WireValue {
  stringValue: string | null; boolValue: boolean | null; intValue: { toString(): string } | null; doubleValue: number | null;
  arrayValue: { values: WireValue[] } | null;
}
interface WireAttribute { key: string; value: WireValue }
interface WireSpan {
  name: string; kind: number; traceId: Uint8Array; spanId: Uint8Array; parentSpanId?: Uint8Array;
  status?: { code?: number }; attributes: WireAttribute[]; events: { name: string }[];
}
interface WireLog {
  body?: WireValue; severityText: string; severityNumber: number; timeUnixNano: { toString(): string }; eventName: string;
  traceId?: Uint8Array; spanId?: Uint8Array; attributes: WireAttribute[];
}
interface WireResource { resource: { attributes: WireAttribute[] } }
/** A request holds one of the two. */
interface WireRequest {
  resourceSpans?: (WireResource & { scopeSpans: { spans: WireSpan[] }[] })[];
  resourceLogs?: (WireResource & { scopeLogs: { logRecords: WireLog[] }[] })[];
}
interface Codec<M> { decode(bytes: Uint8Array): M; fromObject(object: object): M; encode(message: object): { finish(): Uint8Array } }

interface Service { readonly path: string; readonly request: Codec<WireRequest>; readonly response: Codec<object> }

const { trace, logs } = (root as unknown as {
  opentelemetry: { proto: { collector: Record<'trace' | 'logs', { v1: Record<string, Codec<never>> }> } };
}).opentelemetry.proto.collector;
const TRACES: Service = service('/opentelemetry.proto.collector.trace.v1.TraceService/Export', trace.v1, 'Trace');
const LOGS: Service = service('/opentelemetry.proto.collector.logs.v1.LogsService/Export', logs.v1, 'Logs');

function service(path: string, codecs: Readonly<Record<string, unknown>>, name: string): Service {
  return { path, request: codecs[`Export${name}ServiceRequest`] as Codec<WireRequest>, response: codecs[`Export${name}ServiceResponse`] as Codec<object> };
}

/** A collector for tests: takes spans and log records over HTTP (protobuf or JSON, gzip or plain) and gRPC, and keeps what it was sent. */
export class OtlpReceiver {
  readonly exports: ReceivedExport[] = [];

  private constructor(private readonly http: Server, private readonly grpc: GrpcServer, private readonly grpcPort: number) {
    http.on('request', (request: IncomingMessage, response: ServerResponse) => void this.take(request, response));
  }

  /** One for a test file: empty before each test, and ended after the last. */
  static async forThisFile(): Promise<OtlpReceiver> {
    const receiver = await OtlpReceiver.start();
    beforeEach(() => receiver.clear());
    afterAll(() => receiver.stop());
    return receiver;
  }

  static async start(): Promise<OtlpReceiver> {
    const http = createServer();
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    const grpc = new GrpcServer();
    const port = await new Promise<number>((resolve, reject) => {
      grpc.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => (error ? reject(error) : resolve(bound)));
    });
    const receiver = new OtlpReceiver(http, grpc, port);
    for (const each of [TRACES, LOGS]) receiver.serveGrpc(each);
    return receiver;
  }

  get httpUrl(): string {
    return `http://127.0.0.1:${(this.http.address() as AddressInfo).port}`;
  }

  get grpcUrl(): string {
    return `http://127.0.0.1:${this.grpcPort}`;
  }

  get spans(): readonly ReceivedSpan[] {
    return this.exports.flatMap(({ spans }) => spans);
  }

  get logs(): readonly ReceivedLog[] {
    return this.exports.flatMap((received) => received.logs);
  }

  /** @throws Error when there is not exactly one such span. */
  named(name: string): ReceivedSpan {
    const found = this.spans.filter((span) => span.name === name);
    if (found.length !== 1 || !found[0]) throw new Error(`${found.length} spans are called ${name}; there are: ${this.spans.map((span) => span.name).join(', ')}`);
    return found[0];
  }

  /** Names of the spans right below one, in the order they came. */
  childrenOf(parent: ReceivedSpan): readonly string[] {
    return this.spans.filter((span) => span.parentSpanId === parent.spanId).map((span) => span.name);
  }

  clear(): void {
    this.exports.length = 0;
  }

  async stop(): Promise<void> {
    this.grpc.forceShutdown();
    this.http.closeAllConnections();
    await new Promise((resolve) => this.http.close(resolve));
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(Buffer.concat(chunks)) : Buffer.concat(chunks);
    const type = request.headers['content-type'] ?? '';
    const binary = type.includes('protobuf');
    const { request: codec, response: answer } = request.url?.endsWith('/v1/logs') ? LOGS : TRACES;
    this.keep(binary ? 'http/protobuf' : 'http/json', binary ? codec.decode(body) : fromJson(body, codec), request.headers, request.url);
    response.setHeader('content-type', type).end(binary ? answer.encode({}).finish() : '{}');
  }

  private serveGrpc({ path, request: codec, response }: Service): void {
    this.grpc.addService({
      Export: {
        path, requestStream: false, responseStream: false,
        requestDeserialize: (bytes: Buffer) => codec.decode(bytes), requestSerialize: unused,
        responseSerialize: (message: object) => Buffer.from(response.encode(message).finish()), responseDeserialize: unused,
      },
    }, {
      Export: ({ request, metadata }: ServerUnaryCall<WireRequest, object>, answer: sendUnaryData<object>) => {
        this.keep('grpc', request, metadata.getMap());
        answer(null, {});
      },
    });
  }

  private keep(transport: Transport, { resourceSpans = [], resourceLogs = [] }: WireRequest, headers: Readonly<Record<string, unknown>>, path = ''): void {
    const spans = resourceSpans.flatMap(({ resource, scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans.map((span) => read(span, resource.attributes))));
    const records = resourceLogs.flatMap(({ resource, scopeLogs }) => scopeLogs.flatMap((scope) => scope.logRecords.map((log) => readLog(log, resource.attributes))));
    this.exports.push({ transport, path, headers, spans, logs: records });
  }
}

/** In OTLP/JSON ids are hexadecimal, but protobufjs takes text in a bytes field for base64. */
function fromJson(body: Buffer, codec: Codec<WireRequest>): WireRequest {
  return codec.fromObject(JSON.parse(body.toString(), (key, value: unknown) => (
    /^(trace|span|parentSpan)Id$/.test(key) && typeof value === 'string' ? Buffer.from(value, 'hex').toString('base64') : value
  )) as object);
}

function read(span: WireSpan, resource: readonly WireAttribute[]): ReceivedSpan {
  return {
    name: span.name, kind: span.kind,
    traceId: hex(span.traceId), spanId: hex(span.spanId), parentSpanId: hex(span.parentSpanId),
    status: span.status?.code ?? 0,
    attributes: attributesOf(span.attributes), events: span.events.map(({ name }) => name), resource: attributesOf(resource),
  };
}

function readLog(log: WireLog, resource: readonly WireAttribute[]): ReceivedLog {
  return {
    body: log.body && valueOf(log.body), severity: log.severityText, severityNumber: log.severityNumber,
    time: Number(BigInt(log.timeUnixNano.toString()) / 1_000_000n), eventName: log.eventName,
    traceId: hex(log.traceId), spanId: hex(log.spanId),
    attributes: attributesOf(log.attributes), resource: attributesOf(resource),
  };
}

function attributesOf(attributes: readonly WireAttribute[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, valueOf(value)]));
}

function valueOf({ stringValue, boolValue, intValue, doubleValue, arrayValue }: WireValue): unknown {
  if (arrayValue) return arrayValue.values.map(valueOf);
  return stringValue ?? boolValue ?? doubleValue ?? (intValue === null ? undefined : Number(intValue.toString()));
}

function hex(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString('hex');
}

/** The client's half of the service, which a server never calls. */
function unused(): never {
  throw new Error('a server does not send requests');
}
