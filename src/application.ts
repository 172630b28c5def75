import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { CommandRunnerModule } from 'nest-commander';
import { Logger } from 'nestjs-pino';
import { AppModule, type Foundation } from './app.module.js';
import { configureHttp, httpAdapter } from './http/configure-http.js';
import { reportCommandFailure } from './cli/command-failure.js';
import { FrameworkLogger } from './logging/framework-logger.js';

/** The application, ready to run a command or to listen, with nothing started that the command did not ask for. */
export async function createApplication(foundation: Foundation): Promise<NestFastifyApplication> {
  const root = CommandRunnerModule.forModule(AppModule.on(foundation), { cliName: 'task-agent', serviceErrorHandler: reportCommandFailure });
  const app = await NestFactory.create<NestFastifyApplication>(root, httpAdapter(foundation.settings.http), {
    bufferLogs: true, abortOnError: false, bodyParser: false, // configureHttp brings a stricter one
  });
  app.useLogger(new FrameworkLogger(app.get(Logger)));
  configureHttp(app);
  await app.init();
  return app;
}
