import { Failure, type ErrorType } from '../../../kernel/failure.js';

interface Reason {
  readonly errorType: ErrorType;
  readonly words: string;
  readonly retryable?: true;
}

const NO_SPACE: Reason = { errorType: 'execution', words: 'there is no space left for it.', retryable: true };
const DENIED: Reason = { errorType: 'permission', words: 'the notes folder may not be written.' };
const NO_FOLDER: Reason = { errorType: 'execution', words: 'the notes folder can not be used.' };
const UNKNOWN: Reason = { errorType: 'execution', words: 'the disk gave an error.', retryable: true };

const REASONS: Readonly<Record<string, Reason>> = {
  ENOSPC: NO_SPACE,
  EDQUOT: NO_SPACE,
  EACCES: DENIED,
  EPERM: DENIED,
  EROFS: { errorType: 'permission', words: 'the notes folder is read-only.' },
  ENOENT: NO_FOLDER,
  ENOTDIR: NO_FOLDER,
  EEXIST: NO_FOLDER,
  ELOOP: { errorType: 'permission', words: 'a link stands where it belongs, and links are not followed.' },
  ENAMETOOLONG: { errorType: 'validation', words: 'its name is too long for the disk.' },
};

/** What was thrown while a note was saved: a system error becomes a Failure that says why in words, anything else stays what it is. */
export function noteFailure(thrown: unknown): unknown {
  const { code, errno } = Object(thrown) as NodeJS.ErrnoException;
  if (typeof code !== 'string' || typeof errno !== 'number') return thrown;
  return notSaved('note_not_saved', { ...(REASONS[code] ?? UNKNOWN), cause: thrown });
}

/** A Failure that begins with the one thing the user must learn. */
export function notSaved(code: string, { errorType, words, retryable = false, cause }: Omit<Reason, 'retryable'> & { retryable?: boolean; cause?: unknown }): Failure {
  return new Failure(code, { errorType, retryable, publicMessage: `The note was NOT saved: ${words}`, cause });
}

/** The note is in its place, but the disk did not confirm it: neither "saved" nor "not saved" would be true. */
export function unconfirmed(cause: unknown): Failure {
  return new Failure('note_unconfirmed', {
    errorType: 'execution', retryable: true, cause,
    publicMessage: 'It is not certain that the note was saved: it was written, but the disk did not confirm it.',
  });
}
