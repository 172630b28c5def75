import { Controller, Get, NotFoundException, Param, Req, Res, type OnApplicationShutdown } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ServiceSettings } from '../../settings/settings.js';
import type { DocsPages } from './docs-pages.js';

/** What the page loads. The package has more: source maps, and a page of its own that loads from other hosts. */
const FILES: ReadonlySet<string> = new Set([
  'swagger-ui.css', 'swagger-ui-bundle.js', 'swagger-ui-standalone-preset.js', 'swagger-ui-init.js', 'favicon-32x32.png', 'favicon-16x16.png',
]);

/** The page loads and asks nothing but this server. Swagger UI sets styles and draws its icons inline. */
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** `GET /docs`: this API for people, as Swagger UI, and for programs, as OpenAPI 3.1. */
@Controller('docs')
export class DocsController implements OnApplicationShutdown {
  private pages: Promise<DocsPages> | undefined;

  constructor(private readonly service: ServiceSettings) {}

  @Get()
  async page(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.send('', request, reply.header('content-security-policy', POLICY));
  }

  @Get('openapi.json')
  async document(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.send('openapi.json', request, reply);
  }

  @Get(':file')
  async file(@Param('file') name: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    if (!FILES.has(name)) throw new NotFoundException();
    await this.send(name, request, reply);
  }

  /** @internal */
  async onApplicationShutdown(): Promise<void> {
    await this.pages?.then((pages) => pages.close());
  }

  private async send(name: string, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    // Loaded with the first request: the packages behind it take as long to load as half of the service.
    this.pages ??= import('./docs-pages.js').then(({ DocsPages }) => DocsPages.open(this.service.version)).catch((error: unknown) => {
      this.pages = undefined;
      throw error;
    });
    const { status, headers, body } = await (await this.pages).get(name, request.headers['if-none-match']);
    await reply.status(status).headers(headers).header('x-content-type-options', 'nosniff').send(body);
  }
}
