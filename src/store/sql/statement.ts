import type { Compilable, CompiledQuery, Kysely } from 'kysely';
import type { Engine } from './engine.js';
import type { Schema } from './schema.js';

/** Marks the place of a parameter while a statement is built; the type is that of the parameter. */
export type Given<P> = <T>(read: (parameters: P) => T) => T;

type Build<P, R> = (engine: Pick<Engine, 'kysely' | 'now'>, given: Given<P>) => Compilable<R>;

class Place {
  constructor(readonly read: (parameters: never) => unknown) {}
}

/** A query that is built once for each engine, which costs more than to run it, and then only gets its parameters. */
export class Statement<P, R = unknown> {
  private readonly compiled = new WeakMap<Kysely<Schema>, CompiledQuery<R>>();

  constructor(private readonly build: Build<P, R>) {}

  for(engine: Engine, parameters: P): CompiledQuery<R> {
    const query = this.compiled.get(engine.kysely) ?? this.compile(engine);
    return { ...query, parameters: query.parameters.map((value) => (value instanceof Place ? value.read(parameters as never) : value)) };
  }

  private compile(engine: Engine): CompiledQuery<R> {
    // The place stands for a value of that type: it is exchanged before any driver sees it.
    const query = this.build(engine, (read) => new Place(read) as never).compile();
    this.compiled.set(engine.kysely, query);
    return query;
  }
}
