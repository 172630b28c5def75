import type { FastifyInstance } from 'fastify';
import * as z from 'zod';

/** A schema of the document: JSON Schema, with references into the document. */
export type Schema = Readonly<Record<string, unknown>>;

export interface MediaType {
  readonly schema: Schema;
  readonly example?: unknown;
  readonly 'x-item-schema'?: Schema;
}

export interface Answer {
  readonly description: string;
  readonly headers?: Readonly<Record<string, Schema>>;
  readonly content?: Readonly<Record<string, MediaType>>;
  readonly 'x-codes'?: readonly string[];
}

export interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly parameters?: readonly Schema[];
  readonly requestBody?: { readonly content: Readonly<Record<string, MediaType>> };
  readonly responses: Readonly<Record<string, Answer | Schema>>;
}

export interface OpenApi {
  readonly openapi: string;
  readonly info: Schema;
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** The document as what it says, with references followed. */
export class ApiDescription {
  constructor(readonly document: OpenApi) {}

  /** `GET /v1/runs/{id}` and what is said of it. */
  get operations(): ReadonlyMap<string, Operation> {
    return new Map(Object.entries(this.document.paths).flatMap(([path, methods]) => (
      Object.entries(methods).map(([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const)
    )));
  }

  /** What is said of an answer of this status: under the status itself, or under its class. @throws Error when nothing is */
  answer(route: string, status: number): Answer {
    const responses = this.operations.get(route)?.responses;
    const found = responses?.[status] ?? responses?.[`${Math.floor(status / 100)}XX`];
    if (!found) throw new Error(`${route} has no answer ${status}`);
    return this.resolved(found) as unknown as Answer;
  }

  /** The value without its reference. @throws Error when there is nothing at its end */
  resolved(value: unknown): Schema {
    const { $ref: reference } = value as { readonly $ref?: string };
    if (reference === undefined) return value as Schema;
    const found = reference.slice(2).split('/').reduce<unknown>((at, step) => (Object(at) as Record<string, unknown>)[step], this.document);
    if (found === undefined || !reference.startsWith('#/')) throw new Error(`${reference} leads nowhere`);
    return this.resolved(found);
  }

  /** What is wrong with a value, by a schema of the document. Also a field that the schema does not name is wrong, unless it lets any in. */
  faults(schema: unknown, value: unknown): readonly string[] {
    const result = z.fromJSONSchema(this.closed(schema) as Parameters<typeof z.fromJSONSchema>[0]).safeParse(value);
    return result.success ? [] : result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  }

  /** Every reference in the document. */
  references(): readonly string[] {
    return [...JSON.stringify(this.document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, reference = '']) => reference);
  }

  private closed(schema: unknown): unknown {
    if (Array.isArray(schema)) return schema.map((each) => this.closed(each));
    if (typeof schema !== 'object' || schema === null) return schema;
    const whole = this.resolved(schema);
    const inside = Object.fromEntries(Object.entries(whole).map(([keyword, value]) => [keyword, isData(keyword) ? value : this.closed(value)]));
    return whole.type === 'object' && 'properties' in whole && !('additionalProperties' in whole) ? { ...inside, additionalProperties: false } : inside;
  }
}

/** Keywords whose value is no schema. */
function isData(keyword: string): boolean {
  return ['const', 'enum', 'default', 'required', 'example'].includes(keyword);
}

/** `GET /v1/runs/{id}` for each route that the server really has, read from the tree that Fastify draws. */
export function routesOf(server: FastifyInstance): readonly string[] {
  const above: string[] = [];
  return server.printRoutes({ commonPrefix: false }).split('\n').flatMap((line) => {
    const [, indent = '', path = '', methods = ''] = /^([│├└─ ]*)(\S+) \(([A-Z, ]+)\)$/.exec(line) ?? [];
    if (path === '') return [];
    const depth = indent.length / 4;
    above.length = depth;
    above.push(path);
    const whole = `/${above.slice(0, depth + 1).join('')}`.replace(/\/+/g, '/').replace(/:(\w+)/g, '{$1}');
    return methods.split(', ').map((method) => `${method} ${whole}`);
  });
}
