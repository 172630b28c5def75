import { Global, Module } from '@nestjs/common';
import { Journal } from '../kernel/journal.js';
import { JournalPillar } from './journal.pillar.js';

@Global()
@Module({
  providers: [JournalPillar, { provide: Journal, useExisting: JournalPillar }],
  exports: [JournalPillar, Journal],
})
export class JournalModule {}
