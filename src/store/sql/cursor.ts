import { Failure } from '../../kernel/failure.js';

/** The last entry of a page: the next one begins behind it. */
export interface Position {
  readonly createdAt: number;
  readonly id: string;
}

/** Opaque to callers, and fit for a URL. */
export function cursorOf({ createdAt, id }: Position): string {
  return Buffer.from(JSON.stringify([createdAt, id])).toString('base64url');
}

/** @throws Failure `invalid_request` */
export function positionOf(cursor: string): Position {
  const [createdAt, id, ...rest] = entriesOf(cursor);
  if (typeof createdAt !== 'number' || !Number.isSafeInteger(createdAt) || typeof id !== 'string' || id.includes('\0') || rest.length > 0) throw invalid();
  return { createdAt, id };
}

function entriesOf(cursor: string): readonly unknown[] {
  try {
    const entries: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return Array.isArray(entries) ? entries : [];
  } catch (error) {
    throw invalid(error);
  }
}

function invalid(cause?: unknown): Failure {
  return new Failure('invalid_request', { errorType: 'validation', publicMessage: 'cursor: must be one that an earlier page gave', cause });
}
