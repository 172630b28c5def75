import { Body, Controller, Headers, HttpCode, Post, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { ServerResponse } from 'node:http';
import { AgentService, type AskOptions, type Question } from '../agent/agent.service.js';
import { Failure } from '../kernel/failure.js';
import { parseChatRequest } from './chat.schema.js';
import { ChatStream } from './chat-stream.js';
import { toProblem } from './problem.js';
import { SseStream } from './sse-stream.js';

interface ChatHeaders {
  readonly accept?: string;
  /** `1`: this client knows the event `restart`. */
  readonly 'x-stream-restart'?: string;
}

/** `POST /chat`: one question, answered as JSON or, for `Accept: text/event-stream`, as it comes. */
@Controller('chat')
export class ChatController {
  constructor(private readonly agent: AgentService) {}

  @Post()
  @HttpCode(200)
  async chat(@Body() body: unknown, @Headers() headers: ChatHeaders, @Res() reply: FastifyReply): Promise<void> {
    const { message, conversation_id: conversationId } = parseChatRequest(body);
    const question: Question = {
      message, channel: 'http', correlationId: String(reply.getHeader('x-correlation-id')),
      ...(conversationId !== undefined && { conversationId }),
    };
    const signal = untilClientLeaves(reply.raw);
    if (headers.accept?.includes('text/event-stream')) return this.stream(question, { signal, mayRestart: headers['x-stream-restart'] === '1' }, reply);
    const result = await this.agent.ask(question, { signal });
    if (result.degraded.length > 0) void reply.header('x-degraded', result.degraded.join(','));
    await reply.header('cache-control', 'no-store').send(result);
  }

  /** A run that fails before its first event is answered with a status, like any other; after that, with an `error` event. */
  private async stream(question: Question, options: AskOptions, reply: FastifyReply): Promise<void> {
    const sse = new SseStream(reply.raw);
    const stream = new ChatStream(sse, question.correlationId);
    try {
      const result = await this.agent.ask(question, {
        ...options, onStarted: (ids) => stream.started(ids), onEvent: (event) => {
          if (!sse.isOpen) reply.hijack();
          stream.happened(event);
        },
      });
      stream.completed(result);
    } catch (error) {
      if (!sse.isOpen) throw error;
      stream.failed(toProblem(error, question.correlationId));
    }
  }
}

/** Aborts when the client goes away before it has its answer: nobody would read it, and it costs money. */
function untilClientLeaves(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  response.once('close', () => {
    if (response.writableFinished) return;
    controller.abort(new Failure('client_gone', { errorType: 'aborted', publicMessage: 'The client went away.' }));
  });
  return controller.signal;
}
