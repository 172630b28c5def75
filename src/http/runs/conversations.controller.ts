import { Controller, Get, Header, Param } from '@nestjs/common';
import type { Message } from '../../kernel/transcript.js';
import { conversationNotFound } from '../../store/run-failures.js';
import { RunReader } from '../../store/run-reader.js';
import { parseId } from './run-request.schema.js';

/** A conversation as the model knows it. Names are the wire's. */
export interface ConversationView {
  readonly conversation_id: string;
  /** RFC 3339. */
  readonly created_at: string;
  readonly updated_at: string;
  readonly messages: readonly Message[];
}

@Controller('v1/conversations')
export class ConversationsController {
  constructor(private readonly reader: RunReader) {}

  /** What was said in a conversation, tool calls and their results included. */
  @Get(':id')
  @Header('cache-control', 'no-store')
  async find(@Param('id') id: string): Promise<ConversationView> {
    const conversation = await this.reader.conversation(parseId(id));
    if (!conversation) throw conversationNotFound();
    const { createdAt, updatedAt, messages } = conversation;
    return { conversation_id: conversation.id, created_at: new Date(createdAt).toISOString(), updated_at: new Date(updatedAt).toISOString(), messages };
  }
}
