import { answer, eventStream, json, jsonBody, parameter, runProblems, type DocumentedRoute } from './documented-route.js';
import { EVENTS, QUESTION, RESULT } from './examples.js';
import { OF_BODIES, OF_KEYS, OF_RUNS } from './problem-codes.js';

const CHAT = `Asks the agent and waits for its answer: as JSON, or as server-sent events with \`accept: text/event-stream\`.

Status 200 means that the run was carried out; whether the model answered to the end is in \`outcome\`. A client that leaves ends the run, unless it sent an \`idempotency-key\`.
Once a stream has begun, a failure is its last event, \`error\`.`;

export const chatRoutes: readonly DocumentedRoute[] = [{
  method: 'post', path: '/chat',
  operation: {
    operationId: 'chat', tags: ['chat'], summary: 'Ask one question', description: CHAT,
    parameters: [parameter('IdempotencyKey'), parameter('StreamRestart'), parameter('CorrelationId'), parameter('Traceparent')],
    requestBody: jsonBody('ChatRequest', QUESTION),
    responses: {
      200: answer('The answer.', { ...json('RunResult', RESULT), ...eventStream('RunEvent', EVENTS) }, ['location', 'x-degraded', 'idempotency-replayed']),
      ...runProblems(...OF_BODIES, ...OF_RUNS, ...OF_KEYS),
    },
  },
}];
