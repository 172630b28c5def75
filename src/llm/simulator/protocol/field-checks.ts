import { Violation } from './api-error.js';

export type Fields = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @throws Violation `<path>: Input should be an object` */
export function requireObject(value: unknown, path: string): asserts value is Fields {
  if (!isObject(value)) throw new Violation(`${path}: Input should be an object`);
}

export function requireString(value: unknown, path: string): asserts value is string {
  if (typeof value !== 'string') throw new Violation(`${path}: Input should be a valid string`);
}

export function requireArray(value: unknown, path: string): asserts value is readonly unknown[] {
  if (!Array.isArray(value)) throw new Violation(`${path}: Input should be a valid list`);
}

export function requireInteger(value: unknown, least: number, path: string): asserts value is number {
  if (!Number.isInteger(value)) throw new Violation(`${path}: Input should be a valid integer`);
  if ((value as number) < least) throw new Violation(`${path}: Input should be greater than or equal to ${least}`);
}

export function requireNumberWithin(value: unknown, least: number, most: number, path: string): void {
  if (typeof value !== 'number') throw new Violation(`${path}: Input should be a valid number`);
  if (value < least || value > most) throw new Violation(`${path}: Input should be between ${least} and ${most}`);
}

export function requireBoolean(value: unknown, path: string): void {
  if (typeof value !== 'boolean') throw new Violation(`${path}: Input should be a valid boolean`);
}

export function requireOneOf(value: unknown, allowed: readonly string[], path: string): asserts value is string {
  if (typeof value === 'string' && allowed.includes(value)) return;
  throw new Violation(`${path}: Input should be ${allowed.map((name) => `'${name}'`).join(' or ')}`);
}

export function requireText(value: unknown, path: string): asserts value is string {
  requireString(value, path);
  if (value === '') throw new Violation(`${path}: text content blocks must be non-empty`);
  if (value.trim() === '') throw new Violation(`${path}: text content blocks must contain non-whitespace text`);
}

/** Refuses a key that the API does not know, as the real one does. */
export function refuseExtras(value: Fields, known: ReadonlySet<string>, path: string): void {
  for (const key in value) {
    if (!known.has(key)) throw new Violation(`${path === '' ? key : `${path}.${key}`}: Extra inputs are not permitted`);
  }
}

/** A `cache_control` field: absent, null, or ephemeral with a known lifetime. */
export function checkCacheControl(value: unknown, path: string): void {
  if (value === undefined || value === null) return;
  requireObject(value, path);
  requireOneOf(value['type'], ['ephemeral'], `${path}.type`);
  if (value['ttl'] !== undefined) requireOneOf(value['ttl'], ['5m', '1h'], `${path}.ttl`);
}

/** Finds the first string that is half a surrogate pair, which UTF-8 can not carry. Call it only when the text has a `\ud` escape. */
export function refuseLoneSurrogates(value: unknown, path: string): void {
  if (typeof value === 'string' && !value.isWellFormed()) {
    throw new Violation(`${path || 'body'}: The request body is not valid JSON: no low surrogate in string`);
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [key, item] of Object.entries(value)) {
    if (!key.isWellFormed()) throw new Violation(`${path || 'body'}: The request body is not valid JSON: no low surrogate in string`);
    refuseLoneSurrogates(item, path === '' ? key : `${path}.${key}`);
  }
}
