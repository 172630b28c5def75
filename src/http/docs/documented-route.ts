import type { ContentObject, OperationObject, ParameterObject, ReferenceObject, ResponseObject, ResponsesObject } from '@nestjs/swagger';
import type { HEADERS, PARAMETERS } from './headers.js';
import { PROBLEM_CODES, statusesOf, type ProblemCode } from './problem-codes.js';
import { ref, type SchemaName } from './schemas.js';

/** One route as it is documented. */
export interface DocumentedRoute {
  readonly method: 'get' | 'post';
  /** As OpenAPI writes it: `/v1/runs/{id}`. */
  readonly path: string;
  readonly operation: OperationObject;
}

type HeaderName = keyof typeof HEADERS;

/** Headers that every answer has, or may have. */
const ALWAYS: readonly HeaderName[] = ['x-correlation-id', 'x-trace-id'];

/** What can happen to any request before anybody looks at it. */
const ANY_REQUEST: readonly ProblemCode[] = ['malformed_request', 'bad_request', 'request_timeout', 'unsupported_media_type', 'headers_too_large', 'internal_error'];

export function parameter(name: keyof typeof PARAMETERS): ReferenceObject {
  return { $ref: `#/components/parameters/${name}` };
}

/** A part of the path. */
export function pathParameter(name: string, description: string): ParameterObject {
  return { name, in: 'path', required: true, description, schema: { type: 'string' } };
}

export function jsonBody(schema: SchemaName, example: object): OperationObject['requestBody'] & object {
  return { required: true, content: json(schema, example) };
}

export function json(schema: SchemaName, example?: object): ContentObject {
  return { 'application/json': { schema: ref(schema), ...(example && { example }) } };
}

/** Server-sent events. OpenAPI 3.1 knows only the text; what one event is, with its data parsed, is in `x-item-schema`. */
export function eventStream(item: SchemaName, example: string): ContentObject {
  return { 'text/event-stream': { schema: { type: 'string' }, example, 'x-item-schema': ref(item) } as ContentObject[string] };
}

export function answer(description: string, content?: ContentObject, headers: readonly HeaderName[] = []): ResponseObject {
  return { description, headers: headersOf([...ALWAYS, ...headers]), ...(content && { content }) };
}

/** How routes tell of problems: each its own headers, and the OpenAI routes their own shape. */
const SHAPES = {
  problem: { content: { 'application/problem+json': { schema: ref('Problem') } }, headers: ['retry-after'] },
  run: { content: { 'application/problem+json': { schema: ref('Problem') } }, headers: ['retry-after', 'location', 'idempotency-replayed'] },
  openai: { content: json('OpenAiError'), headers: ['retry-after', 'x-should-retry', 'x-request-id', 'x-run-id', 'x-conversation-id', 'x-model-ignored'] },
} as const satisfies Readonly<Record<string, { readonly content: ContentObject; readonly headers: readonly HeaderName[] }>>;
type Shape = keyof typeof SHAPES;

/** The problems that a route may answer with, by status; those that any request may have come with them. */
export function problems(...codes: readonly ProblemCode[]): ResponsesObject {
  return byStatus(codes, 'problem');
}

/** Those of a route that asks the agent. */
export function runProblems(...codes: readonly ProblemCode[]): ResponsesObject {
  return byStatus(codes, 'run');
}

/** Those of the OpenAI routes. */
export function openAiProblems(...codes: readonly ProblemCode[]): ResponsesObject {
  return byStatus(codes, 'openai');
}

/** Answers with a single code, which many routes share: `problem.run_not_found`, `openai.model_not_found`. */
export function sharedProblems(): Record<string, ResponseObject> {
  return Object.fromEntries((Object.keys(SHAPES) as readonly Shape[]).flatMap((shape) => PROBLEM_CODES.map((code) => [`${shape}.${code}`, problemAnswer([code], shape)])));
}

function byStatus(codes: readonly ProblemCode[], shape: Shape): ResponsesObject {
  const pairs = [...codes, ...ANY_REQUEST].flatMap((code) => statusesOf(code).map((status) => ({ code, status })));
  const statuses = Map.groupBy(pairs, ({ status }) => status);
  return Object.fromEntries([...statuses].map(([status, own]) => [status, sharedOrOwn(own.map(({ code }) => code).toSorted(), shape)]));
}

function sharedOrOwn(codes: readonly ProblemCode[], shape: Shape): ResponseObject | ReferenceObject {
  return codes.length === 1 ? { $ref: `#/components/responses/${shape}.${codes.join()}` } : problemAnswer(codes, shape);
}

function problemAnswer(codes: readonly ProblemCode[], shape: Shape): ResponseObject {
  const { content, headers } = SHAPES[shape];
  return { ...answer(codes.map((code) => `\`${code}\``).join(', '), content, headers), 'x-codes': codes } as ResponseObject;
}

function headersOf(names: readonly HeaderName[]): Record<string, ReferenceObject> {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}
