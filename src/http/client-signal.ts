import type { ServerResponse } from 'node:http';
import { Failure } from '../kernel/failure.js';

/** Aborts when the client goes away before it has its answer: nobody would read it, and it costs money. */
export function untilClientLeaves(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  response.once('close', () => {
    if (response.writableFinished) return;
    controller.abort(new Failure('client_gone', { errorType: 'aborted', publicMessage: 'The client went away.' }));
  });
  return controller.signal;
}
