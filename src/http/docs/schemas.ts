import type { ReferenceObject, SchemaObject } from '@nestjs/swagger';
import * as z from 'zod';
import { ChatRequest } from '../chat.schema.js';
import { CompletionBody } from '../openai/completion.schema.js';
import { RunRequest } from '../runs/run-request.schema.js';
import { Completion, CompletionChunk, Model, ModelList, OpenAiError } from './openai-answers.schema.js';
import { ConversationView, RunAccepted, RunEvent, RunList, RunResult, RunView } from './run-answers.schema.js';
import { Index, Liveness, Problem, Readiness, SloReport } from './service-answers.schema.js';

/** Every schema that has a name in the document. Those of requests are the ones that requests are checked with. */
const SCHEMAS = {
  ChatRequest, RunRequest, RunResult, RunAccepted, RunView, RunList, RunEvent, ConversationView, Problem,
  CompletionRequest: CompletionBody, Completion, CompletionChunk, OpenAiError, Model, ModelList,
  Index, Liveness, Readiness, SloReport,
} as const satisfies Readonly<Record<string, z.ZodType>>;

export type SchemaName = keyof typeof SCHEMAS;

export function ref(name: SchemaName): ReferenceObject {
  return { $ref: `#/components/schemas/${name}` };
}

/** The schemas as JSON Schema, which is what OpenAPI 3.1 speaks. */
export function componentSchemas(): Record<string, SchemaObject> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(SCHEMAS)) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, { ...RENDERING, uri: (id) => `#/components/schemas/${id}` });
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, withoutOrigin(schema)]));
}

/** A schema without a name. */
export function inlineSchema(schema: z.ZodType): SchemaObject {
  return withoutOrigin(z.toJSONSchema(schema, RENDERING));
}

/** As a client has to send it, with defaults left out; answers may gain fields, so nothing says that they have no others. */
const RENDERING = { io: 'input', override: ({ jsonSchema }) => withoutNoise(jsonSchema) } as const satisfies z.core.ToJSONSchemaParams;

/** A pattern of 300 characters beside `format`, and the bounds that every number of JavaScript has. */
function withoutNoise(schema: z.core.JSONSchema.BaseSchema): void {
  if (schema.format === 'date-time') delete schema.pattern;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
}

/** Keywords that belong to a document of its own. */
function withoutOrigin({ $schema: _schema, $id: _id, ...rest }: z.core.JSONSchema.BaseSchema): SchemaObject {
  return rest as SchemaObject; // JSON Schema 2020-12, which the types of OpenAPI 3.0 in Swagger's package do not know
}
