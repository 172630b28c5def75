import { Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { AgentService, type Question } from '../../agent/agent.service.js';
import { alreadyKnown } from '../../agent/idempotency.js';
import { RunFeed } from '../../agent/run-feed.js';
import type { RunResult } from '../../agent/run-result.js';
import { Failure } from '../../kernel/failure.js';
import { RunQueue } from '../../queue/run-queue.js';
import type { RunRecord } from '../../store/run-record.js';
import { RunReader } from '../../store/run-reader.js';
import { untilClientLeaves } from '../client-signal.js';
import { sendProblem } from '../problem.js';
import { setHeaders } from '../response-headers.js';
import { RunStreams } from './run-streams.js';
import { addressOf, problemOn, resultOn } from './run-view.js';

/** In which form a client wants its answer. */
export interface Wish {
  /** `async`: only the address of the run, at once. */
  readonly form: 'json' | 'stream' | 'async';
  /** True when a stream may begin its answer anew. */
  readonly mayRestart: boolean;
  readonly onBusy: 'reject' | 'queue';
}

const NEVER = new AbortController().signal;

/** Has a question answered in the form that its client wants. Every answer is a projection of the run's record. */
@Injectable()
export class RunResponder {
  constructor(
    private readonly agent: AgentService,
    private readonly queue: RunQueue,
    private readonly reader: RunReader,
    private readonly feed: RunFeed,
    private readonly streams: RunStreams,
  ) {}

  /** @throws Failure as long as nothing of the answer was sent */
  async respond(question: Question, wish: Wish, reply: FastifyReply): Promise<void> {
    const known = question.claim && await this.reader.known(question.claim);
    if (known) return this.repeat(known, wish, reply);
    if (wish.form === 'async') return accept(await this.enqueue(question), reply);
    try {
      await this.answer(question, wish, reply);
    } catch (error) {
      if (wish.onBusy !== 'queue' || !isBusy(error)) throw error;
      await this.wait((await this.enqueue(question)).run_id, wish, reply);
    }
  }

  private async answer(question: Question, { form, mayRestart }: Wish, reply: FastifyReply): Promise<void> {
    const signal = question.detached ? NEVER : untilClientLeaves(reply.raw);
    if (form === 'stream') return this.streams.answer(question, { signal, mayRestart }, reply);
    await sendResult(await this.agent.ask(question, { signal }), reply);
  }

  private async enqueue(question: Question): Promise<{ readonly run_id: string }> {
    const ids = await this.agent.enqueue(question);
    await this.queue.send({ runId: ids.run_id, priority: question.priority ?? 0 });
    return ids;
  }

  private async wait(runId: string, { form }: Wish, reply: FastifyReply): Promise<void> {
    if (form === 'stream') return this.streams.follow(runId, 0, reply);
    await sendEnded(await this.feed.result(runId, untilClientLeaves(reply.raw)), reply);
  }

  /** The answer that this request had before, or will have. */
  private async repeat({ run, same }: { readonly run: RunRecord; readonly same: boolean }, wish: Wish, reply: FastifyReply): Promise<void> {
    if (!same || (wish.form === 'json' && run.status !== 'ended')) throw alreadyKnown(same);
    setHeaders(reply, { 'idempotency-replayed': 'true' });
    if (wish.form === 'async') return accept({ run_id: run.id }, reply);
    if (wish.form === 'stream') return this.streams.follow(run.id, 0, reply);
    await sendEnded(run, reply);
  }
}

async function accept({ run_id }: { readonly run_id: string }, reply: FastifyReply): Promise<void> {
  await reply.status(202).header('location', addressOf(run_id)).header('cache-control', 'no-store').send({ run_id, status: 'queued' });
}

async function sendEnded(run: RunRecord, reply: FastifyReply): Promise<void> {
  const problem = problemOn(run);
  if (problem) return sendProblem(reply, problem);
  const result = resultOn(run);
  if (result) await sendResult(result, reply);
}

async function sendResult(result: RunResult, reply: FastifyReply): Promise<void> {
  if (result.degraded.length > 0) void reply.header('x-degraded', result.degraded.join(','));
  await reply.header('location', addressOf(result.run_id)).header('cache-control', 'no-store').send(result);
}

function isBusy(error: unknown): boolean {
  return error instanceof Failure && error.errorType === 'conversation_busy';
}
