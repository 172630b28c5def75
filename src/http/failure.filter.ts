import { Catch, Inject, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Failure, type ErrorType } from '../kernel/failure.js';
import { Observer } from '../kernel/observer.js';
import { LOGGER } from '../logging/logging.pillar.js';
import type { UnexpectedErrorLog } from './unexpected-error-log.js';
import { sendProblem, toProblem, type Problem } from './problem.js';
import { inRequestScope } from './request-scope.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** How this route tells a client of a problem, where that is not as `application/problem+json`. */
    readonly sendProblem?: typeof sendProblem;
  }
}

/** The one place that turns a failure into an HTTP answer. */
@Catch()
export class FailureFilter implements ExceptionFilter {
  constructor(private readonly observer: Observer, @Inject(LOGGER) private readonly log: UnexpectedErrorLog) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const problem = toProblem(error, String(reply.getHeader('x-correlation-id')));
    inRequestScope(request, () => this.tell(error, problem));
    if (!reply.sent && !reply.raw.destroyed) (request.routeOptions.config.sendProblem ?? sendProblem)(reply, problem);
  }

  private tell(error: unknown, { status, code }: Problem): void {
    const reason = rejectionReason(error, status);
    if (reason) this.observer.note('request.rejected', { reason, code, status_code: status });
    // A failure was logged by the operation that it ended; only a bug has no operation of its own.
    if (status >= 500 && !(error instanceof Failure)) this.log.error({ event: 'request.failed', error_detail: error, code }, 'request.failed');
  }
}

const REJECTIONS: { readonly [E in ErrorType]?: string } = {
  validation: 'validation', conversation_busy: 'conversation_busy', conversation_not_found: 'not_found', run_not_found: 'not_found', queue_full: 'queue_full', load_shed: 'load_shed',
  shutting_down: 'draining', idempotency_conflict: 'idempotency', idempotency_mismatch: 'idempotency',
};

/** Why the agent was not even asked; undefined when it was. */
function rejectionReason(error: unknown, status: number): string | undefined {
  if (error instanceof Failure) return REJECTIONS[error.errorType];
  if (status === 404) return 'not_found';
  return status < 500 ? 'validation' : undefined;
}
