import { Body, Controller, Headers, HttpCode, Post, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { parseChatRequest } from './chat.schema.js';
import { claimOf } from './runs/idempotency-key.js';
import { RunResponder } from './runs/run-responder.js';

interface ChatHeaders {
  readonly accept?: string;
  /** `1`: this client knows the event `restart`. */
  readonly 'x-stream-restart'?: string;
  readonly 'idempotency-key'?: string;
}

/** `POST /chat`: one question, answered as JSON or, for `Accept: text/event-stream`, as it comes. The run ends when its client leaves. */
@Controller('chat')
export class ChatController {
  constructor(private readonly responder: RunResponder) {}

  @Post()
  @HttpCode(200)
  async chat(@Body() body: unknown, @Headers() headers: ChatHeaders, @Res() reply: FastifyReply): Promise<void> {
    const request = parseChatRequest(body);
    const claim = claimOf('POST /chat', headers['idempotency-key'], request);
    await this.responder.respond({
      message: request.message, channel: 'http', correlationId: String(reply.getHeader('x-correlation-id')),
      detached: claim !== undefined, claim,
      ...(request.conversation_id !== undefined && { conversationId: request.conversation_id }),
    }, {
      form: headers.accept?.includes('text/event-stream') ? 'stream' : 'json',
      mayRestart: headers['x-stream-restart'] === '1', onBusy: 'reject',
    }, reply);
  }
}
