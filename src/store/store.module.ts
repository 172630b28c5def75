import { Module } from '@nestjs/common';
import { join } from 'node:path';
import { StoreSettings } from '../settings/settings.js';
import { ConversationStore } from './conversation-store.js';
import { FolderQuarantine } from './folder-quarantine.js';
import { MemoryConversationStore } from './memory-conversation-store.js';
import { Quarantine } from './quarantine.js';

@Module({
  providers: [
    { provide: ConversationStore, useFactory: () => new MemoryConversationStore() },
    { provide: Quarantine, inject: [StoreSettings], useFactory: ({ directory }: StoreSettings) => new FolderQuarantine(join(directory, 'quarantine')) },
  ],
  exports: [ConversationStore, Quarantine],
})
export class StoreModule {}
