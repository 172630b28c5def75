import { DocumentBuilder, type OpenAPIObject, type PathsObject, type ResponseObject } from '@nestjs/swagger';
import { chatRoutes } from './chat-routes.js';
import { sharedProblems, type DocumentedRoute } from './documented-route.js';
import { HEADERS, PARAMETERS } from './headers.js';
import { openAiRoutes } from './openai-routes.js';
import { conversationRoutes, runRoutes } from './run-routes.js';
import { componentSchemas } from './schemas.js';
import { serviceRoutes } from './service-routes.js';

const ROUTES: readonly DocumentedRoute[] = [...chatRoutes, ...runRoutes, ...conversationRoutes, ...openAiRoutes, ...serviceRoutes];

const ABOUT = `Questions to an agent that works with a Claude model and tools.

Every answer carries \`x-correlation-id\`. Errors are \`application/problem+json\` (RFC 9457) with a stable \`code\`; those of the OpenAI routes have the shape of that API.
An address that is none answers 404 \`not_found\`, a method that an address does not take 405 \`method_not_allowed\` with \`allow\`.
There is no authentication yet: listen on loopback, or put something in front that authenticates.`;

/** The whole HTTP surface as OpenAPI 3.1. The same text for the same version. */
export function apiDocument(version: string): OpenAPIObject {
  const frame = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0').setTitle('task-agent').setDescription(ABOUT).setVersion(version).setLicense('MIT', 'https://opensource.org/license/mit')
    .addServer('/', 'this server')
    .addTag('chat', 'One question, one answer. The run ends when its client leaves.')
    .addTag('runs', 'Questions that are carried out whether somebody waits or not: asked for, followed, found again, cancelled.')
    .addTag('conversations', 'What was said.')
    .addTag('openai', 'The agent as a model of the OpenAI API.')
    .addTag('service', 'What runs here, how it is, and this document.')
    .build();
  const paths = pathsOf(ROUTES);
  return { ...frame, paths, components: { schemas: componentSchemas(), responses: usedBy(paths), parameters: PARAMETERS, headers: HEADERS } };
}

function usedBy(paths: PathsObject): Record<string, ResponseObject> {
  const text = JSON.stringify(paths);
  return Object.fromEntries(Object.entries(sharedProblems()).filter(([name]) => text.includes(`"#/components/responses/${name}"`)));
}

function pathsOf(routes: readonly DocumentedRoute[]): PathsObject {
  const paths: PathsObject = {};
  for (const { path, method, operation } of routes) paths[path] = { ...paths[path], [method]: operation };
  return paths;
}
