import type { ContentObject } from '@nestjs/swagger';
import { answer, json, pathParameter, problems, type DocumentedRoute } from './documented-route.js';

/** An answer that is no JSON. */
function text(...types: readonly string[]): ContentObject {
  return Object.fromEntries(types.map((type) => [type, { schema: { type: 'string' } }]));
}

export const serviceRoutes: readonly DocumentedRoute[] = [
  {
    method: 'get', path: '/',
    operation: {
      operationId: 'index', tags: ['service'], summary: 'What runs here', description: 'Which model answers, and where to go.',
      responses: { 200: answer('What runs here.', json('Index')), ...problems() },
    },
  },
  {
    method: 'get', path: '/health/live',
    operation: {
      operationId: 'liveness', tags: ['service'], summary: 'Does the process answer?',
      responses: { 200: answer('It does.', json('Liveness', { status: 'healthy' })), ...problems() },
    },
  },
  {
    method: 'get', path: '/health/ready',
    operation: {
      operationId: 'readiness', tags: ['service'], summary: 'Should it get requests?', description: 'Degraded is still 200: a dependency that all replicas share must not take every one out at once.',
      responses: { 200: answer('It should.', json('Readiness')), ...problems(), 503: answer('It should not: a check failed, or the process drains.', json('Readiness')) },
    },
  },
  {
    method: 'get', path: '/metrics',
    operation: {
      operationId: 'metrics', tags: ['service'], summary: 'Metrics', description: 'Prometheus text, or OpenMetrics with exemplars for `accept: application/openmetrics-text`.',
      responses: { 200: answer('The metrics.', text('text/plain', 'application/openmetrics-text')), ...problems() },
    },
  },
  {
    method: 'get', path: '/v1/slo',
    operation: {
      operationId: 'slo', tags: ['service'], summary: 'Are the objectives kept?', description: 'The objectives of `config/slo.yaml`, by the arithmetic of their Prometheus rules, from this process\'s own counters.',
      responses: { 200: answer('Each objective, its windows, and the cost.', json('SloReport')), ...problems() },
    },
  },
  {
    method: 'get', path: '/runbooks',
    operation: {
      operationId: 'runbooks', tags: ['service'], summary: 'The runbooks',
      responses: { 200: answer('An index of all.', text('text/markdown')), ...problems('not_found') },
    },
  },
  {
    method: 'get', path: '/runbooks/{name}',
    operation: {
      operationId: 'runbook', tags: ['service'], summary: 'What to do about an alert', parameters: [pathParameter('name', 'Name of the alert.')],
      responses: { 200: answer('The runbook.', text('text/markdown')), ...problems('not_found') },
    },
  },
  {
    method: 'get', path: '/docs',
    operation: {
      operationId: 'docs', tags: ['service'], summary: 'This API for people', description: 'Swagger UI, served from here.',
      responses: { 200: answer('The page.', text('text/html')), ...problems() },
    },
  },
  {
    method: 'get', path: '/docs/openapi.json',
    operation: {
      operationId: 'openApi', tags: ['service'], summary: 'This API for programs',
      responses: { 200: answer('This document.', { 'application/json': { schema: { type: 'object' } } }), ...problems() },
    },
  },
  {
    method: 'get', path: '/docs/{file}',
    operation: {
      operationId: 'docsFile', tags: ['service'], summary: 'What the page loads', parameters: [pathParameter('file', 'Scripts, styles and icons of the page.')],
      responses: {
        200: answer('The file.', text('text/css', 'application/javascript', 'image/png')), 304: answer('The file has not changed.'), ...problems('not_found'),
      },
    },
  },
];
