import { Global, Module, type DynamicModule } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import type { Logger } from 'pino';
import { ServiceSettings } from '../settings/settings.js';
import { createLogger } from './log.js';
import { LogOutput } from './log-output.js';
import { LOGGER, LoggingPillar } from './logging.pillar.js';
import { LineCount } from './line-count.js';

/**
 * Owns the logger: our pillar writes to it, and nestjs-pino sends Nest's own lines there too. Its per-request middleware is
 * bound to no route: a request is one entry of the catalogue and needs no second log of its own.
 */
@Global()
@Module({})
export class LoggingModule {
  static to(output: LogOutput): DynamicModule {
    return {
      module: LoggingModule,
      imports: [LoggerModule.forRootAsync({
        inject: [LOGGER],
        useFactory: (logger: Logger) => ({ pinoHttp: { logger, autoLogging: false }, renameContext: 'logger', forRoutes: [] }),
      })],
      providers: [
        { provide: LogOutput, useValue: output },
        LineCount,
        LoggingPillar,
        {
          provide: LOGGER,
          inject: [ServiceSettings, LogOutput, LineCount],
          useFactory: (service: ServiceSettings, to: LogOutput, lines: LineCount) => {
            to.onLost((lost) => lines.lose(lost));
            return createLogger(service, to, (level) => lines.add(level));
          },
        },
      ],
      exports: [LoggingPillar, LOGGER, LineCount],
    };
  }
}
