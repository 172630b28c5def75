import { Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { AgentService, type AskOptions, type Question } from '../../agent/agent.service.js';
import { HeldRuns, shuttingDown } from '../../agent/held-runs.js';
import { RunFeed, type Followed } from '../../agent/run-feed.js';
import { RunReader } from '../../store/run-reader.js';
import { untilClientLeaves } from '../client-signal.js';
import { toProblem, type Problem } from '../problem.js';
import { SseStream } from '../sse-stream.js';
import { RunStream, type RunIds } from './run-stream.js';
import { addressOf, problemOn, resultOn } from './run-view.js';

/** Answers with server-sent events: of a run as it is carried out here, or of any run from what is on record. */
@Injectable()
export class RunStreams {
  constructor(
    private readonly agent: AgentService,
    private readonly reader: RunReader,
    private readonly feed: RunFeed,
    private readonly held: HeldRuns,
  ) {}

  /** A run that fails before its first event is answered with a status, like any other; after that, with an `error` event. */
  async answer(question: Question, options: AskOptions, reply: FastifyReply): Promise<void> {
    const sse = new SseStream(reply.raw);
    let stream: RunStream | undefined;
    let ids: RunIds | undefined;
    try {
      const result = await this.agent.ask(question, {
        ...options,
        onStarted: (started) => {
          ids = { ...started, correlation_id: question.correlationId };
          reply.raw.setHeader('location', addressOf(ids.run_id));
          stream = new RunStream(sse, ids);
        },
        onEvent: (event, seq) => {
          if (!sse.isOpen) reply.hijack();
          stream?.happened(event, seq);
        },
      });
      stream?.completed(result);
    } catch (error) {
      if (!sse.isOpen || !ids) throw error;
      stream?.failed(resumable(toProblem(error, question.correlationId), question.detached ? ids : undefined));
    }
  }

  /** Everything of a run after event number `after`. @throws Failure `run_not_found`, as long as nothing was sent */
  async follow(runId: string, after: number, reply: FastifyReply): Promise<void> {
    const leaves = untilClientLeaves(reply.raw);
    const signal = AbortSignal.any([leaves, this.held.abandoned]);
    const events = this.feed.follow(runId, after, signal);
    const first = await events.next();
    const run = await this.reader.find(runId);
    if (!run || first.done) return void reply.status(204).send(); // nothing will come any more: a browser does not ask again
    const ids: RunIds = { run_id: runId, conversation_id: run.conversationId, correlation_id: run.correlationId };
    const sse = new SseStream(reply.raw);
    const stream = new RunStream(sse, ids);
    reply.hijack();
    const correlationId = String(reply.getHeader('x-correlation-id'));
    try {
      let hasEnded = show(stream, first.value);
      for await (const followed of events) hasEnded = show(stream, followed);
      if (!hasEnded && !leaves.aborted) stream.failed(resumable(toProblem(shuttingDown(), correlationId), ids));
    } catch (error) {
      stream.failed(resumable(toProblem(error, correlationId), ids));
    }
  }
}

/** True behind the last event. */
function show(stream: RunStream, followed: Followed): boolean {
  if ('event' in followed) {
    stream.happened(followed.event, followed.seq);
    return false;
  }
  const { ended, seq } = followed;
  const result = resultOn(ended);
  const problem = problemOn(ended);
  if (result) stream.completed(result, seq);
  else if (problem) stream.failed(problem, seq);
  return true;
}

/** Tells where the run goes on, for a client that was cut off by the end of this process. */
function resumable(problem: Problem, ids: RunIds | undefined): Problem {
  return problem.status === 503 && problem.retryable && ids ? { ...problem, resume: `${addressOf(ids.run_id)}/events` } : problem;
}
