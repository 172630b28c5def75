import { Injectable } from '@nestjs/common';
import type { Message } from '../../kernel/transcript.js';
import { RunReader } from '../../store/run-reader.js';

/** What the server remembers of a conversation. */
@Injectable()
export class SessionMemory {
  constructor(private readonly reader: RunReader) {}

  /** The messages of its ended runs, in order. Undefined when there is no such conversation (any more). */
  recall(conversationId: string): Promise<readonly Message[] | undefined> {
    return this.reader.history(conversationId);
  }
}
