import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { SwaggerModule } from '@nestjs/swagger';
import { apiDocument } from './api-document.js';

@Module({})
class DocsApplication {}

/** What of a page's headers is passed on. */
const PASSED_ON = ['content-type', 'cache-control', 'etag', 'last-modified'] as const;

export interface DocsPage {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/**
 * The pages of Swagger UI and the document that they show. They are an application of their own, without a listener: Swagger's module
 * adds routes, which a server that already answers does not take any more.
 */
export class DocsPages {
  private constructor(private readonly app: NestFastifyApplication) {}

  static async open(version: string): Promise<DocsPages> {
    const app = await NestFactory.create<NestFastifyApplication>(DocsApplication, new FastifyAdapter(), { abortOnError: false });
    SwaggerModule.setup('docs', app, apiDocument(version), {
      raw: ['json'], jsonDocumentUrl: 'docs/openapi.json', customSiteTitle: 'task-agent API',
      swaggerOptions: { validatorUrl: null, displayRequestDuration: true }, // the validator is another host
    });
    await app.init();
    return new DocsPages(app);
  }

  /** The page itself for an empty name, else one of its files. */
  async get(name: string, knownTag: string | undefined): Promise<DocsPage> {
    const answer = await this.app.inject({
      method: 'GET', url: name === '' ? '/docs' : `/docs/${name}`, headers: knownTag === undefined ? {} : { 'if-none-match': knownTag },
    });
    const headers = PASSED_ON.flatMap((header) => (answer.headers[header] === undefined ? [] : [[header, String(answer.headers[header])] as const]));
    return { status: answer.statusCode, headers: Object.fromEntries(headers), body: answer.rawPayload };
  }

  close(): Promise<void> {
    return this.app.close();
  }
}
