import { Body, Controller, Get, Header, Headers, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { AgentService, runNotFound } from '../../agent/agent.service.js';
import { RunReader } from '../../store/run-reader.js';
import { TraceCarrier } from '../../tracing/trace-carrier.js';
import { claimOf } from './idempotency-key.js';
import { RunResponder, type Wish } from './run-responder.js';
import { RunStreams } from './run-streams.js';
import { parseId, parseLastEventId, parseRunListQuery, parseRunRequest, type RunListQuery } from './run-request.schema.js';
import { viewOf, type RunView } from './run-view.js';

interface RunHeaders {
  readonly accept?: string;
  readonly prefer?: string;
  readonly 'idempotency-key'?: string;
  readonly 'last-event-id'?: string;
}

const MILLISECONDS = 1_000;

/** The native API: runs that can be asked for, followed from any point, found again and cancelled. */
@Controller('v1/runs')
export class RunsController {
  constructor(
    private readonly responder: RunResponder,
    private readonly streams: RunStreams,
    private readonly reader: RunReader,
    private readonly agent: AgentService,
    private readonly carrier: TraceCarrier,
  ) {}

  /** One question, answered as JSON, as events for `Accept: text/event-stream`, or with its address for `Prefer: respond-async`. */
  @Post()
  @HttpCode(200)
  async create(@Body() body: unknown, @Headers() headers: RunHeaders, @Res() reply: FastifyReply): Promise<void> {
    const request = parseRunRequest(body);
    const claim = claimOf('POST /v1/runs', headers['idempotency-key'], request);
    const form = formOf(headers);
    await this.responder.respond({
      message: request.message, priority: request.priority, channel: 'http', correlationId: String(reply.getHeader('x-correlation-id')),
      detached: form !== 'json' || claim !== undefined, claim, traceparent: this.carrier.current(),
      ...(request.conversation_id !== undefined && { conversationId: request.conversation_id }),
    }, { form, mayRestart: true, onBusy: request.on_busy }, reply);
  }

  @Get()
  @Header('cache-control', 'no-store')
  async list(@Query() query: unknown): Promise<{ readonly runs: readonly RunView[]; readonly next_cursor: string | null }> {
    const wanted = parseRunListQuery(query);
    const { items, next } = await this.reader.list(filterOf(wanted), wanted.limit, wanted.cursor);
    return { runs: items.map(viewOf), next_cursor: next ?? null };
  }

  @Get(':id')
  @Header('cache-control', 'no-store')
  async find(@Param('id') id: string): Promise<RunView> {
    const run = await this.reader.find(parseId(id));
    if (!run) throw runNotFound();
    return viewOf(run);
  }

  /** Everything that happens in a run, from its beginning or from behind `Last-Event-ID`, whichever process carries it out. */
  @Get(':id/events')
  async events(@Param('id') id: string, @Headers() headers: RunHeaders, @Res() reply: FastifyReply): Promise<void> {
    await this.streams.follow(parseId(id), parseLastEventId(headers['last-event-id']), reply);
  }

  /** Asks for the end of a run. It has ended when its events say so. */
  @Post(':id/cancel')
  @HttpCode(202)
  @Header('cache-control', 'no-store')
  async cancel(@Param('id') id: string): Promise<RunView> {
    const { id: runId } = await this.agent.cancel(parseId(id));
    return this.find(runId);
  }
}

function formOf({ accept, prefer }: RunHeaders): Wish['form'] {
  if (prefer?.split(',').some((preference) => preference.trim().toLowerCase() === 'respond-async')) return 'async';
  return accept?.includes('text/event-stream') ? 'stream' : 'json';
}

function filterOf({ conversation_id, status, outcome, min_duration, max_duration, since, until }: RunListQuery): Parameters<RunReader['list']>[0] {
  return {
    ...(conversation_id !== undefined && { conversationId: conversation_id }),
    ...(status && { status }), ...(outcome && { outcome }),
    ...(min_duration !== undefined && { minDurationMilliseconds: min_duration * MILLISECONDS }),
    ...(max_duration !== undefined && { maxDurationMilliseconds: max_duration * MILLISECONDS }),
    ...(since !== undefined && { since }), ...(until !== undefined && { until }),
  };
}
