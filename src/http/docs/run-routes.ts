import type { ParameterObject } from '@nestjs/swagger';
import { RunListQuery } from '../runs/run-request.schema.js';
import { answer, eventStream, json, jsonBody, parameter, pathParameter, problems, runProblems, type DocumentedRoute } from './documented-route.js';
import { ACCEPTED, CONVERSATION, EVENTS, QUESTION, RESULT, RUN } from './examples.js';
import { OF_BODIES, OF_KEYS, OF_RUNS, OF_THE_STORE } from './problem-codes.js';
import { inlineSchema } from './schemas.js';

const CREATE = `Asks the agent, in one of three forms:

- JSON: waits for the answer. A client that leaves ends the run, unless it sent an \`idempotency-key\`.
- \`accept: text/event-stream\`: shows the run as it happens. It goes on when its client leaves, and can be followed again from any event.
- \`prefer: respond-async\`: answers at once with the address of the run, which a worker carries out.`;

const EVENTS_OF = `Everything that happens in a run, from its beginning or from behind \`last-event-id\`, whichever process carries it out. Ends with the run.
204 when nothing comes behind that event: a browser does not ask again. Comments (\`: heartbeat\`) come every 15 s.
When this process ends before the run does, the last event is \`error\` with \`shutting_down\` and \`resume\`.`;

const ids = [parameter('CorrelationId'), parameter('Traceparent')];
const runId = pathParameter('id', 'The `run_id` of an answer.');

export const runRoutes: readonly DocumentedRoute[] = [
  {
    method: 'post', path: '/v1/runs',
    operation: {
      operationId: 'createRun', tags: ['runs'], summary: 'Begin a run', description: CREATE,
      parameters: [parameter('Prefer'), parameter('IdempotencyKey'), ...ids],
      requestBody: jsonBody('RunRequest', { ...QUESTION, priority: 5, on_busy: 'queue' }),
      responses: {
        200: answer('The answer.', { ...json('RunResult', RESULT), ...eventStream('RunEvent', EVENTS) }, ['location', 'x-degraded', 'idempotency-replayed']),
        202: answer('The run is on record and will be carried out.', json('RunAccepted', ACCEPTED), ['location', 'idempotency-replayed']),
        ...runProblems(...OF_BODIES, ...OF_RUNS, ...OF_KEYS),
      },
    },
  },
  {
    method: 'get', path: '/v1/runs',
    operation: {
      operationId: 'listRuns', tags: ['runs'], summary: 'Look for runs', description: 'Runs of every route, the newest first.',
      parameters: [...queryParameters(), ...ids],
      responses: { 200: answer('One page.', json('RunList', { runs: [RUN], next_cursor: null })), ...problems('invalid_request', ...OF_THE_STORE) },
    },
  },
  {
    method: 'get', path: '/v1/runs/{id}',
    operation: {
      operationId: 'getRun', tags: ['runs'], summary: 'One run', description: 'How far a run is, and its answer when it has ended.',
      parameters: [runId, ...ids],
      responses: { 200: answer('The run.', json('RunView', RUN)), ...problems('invalid_request', 'run_not_found', ...OF_THE_STORE) },
    },
  },
  {
    method: 'get', path: '/v1/runs/{id}/events',
    operation: {
      operationId: 'followRun', tags: ['runs'], summary: 'Follow a run', description: EVENTS_OF,
      parameters: [runId, parameter('LastEventId'), ...ids],
      responses: {
        200: answer('The events.', eventStream('RunEvent', EVENTS)),
        204: answer('The run has ended, and its last event was seen.'),
        ...problems('invalid_request', 'run_not_found', ...OF_THE_STORE),
      },
    },
  },
  {
    method: 'post', path: '/v1/runs/{id}/cancel',
    operation: {
      operationId: 'cancelRun', tags: ['runs'], summary: 'End a run',
      description: 'At once where it waits or runs in this process, within seconds elsewhere. A run that has ended stays as it is. A cancelled run leaves nothing in its conversation.',
      parameters: [runId, ...ids],
      responses: { 202: answer('The run as it is now; its events say when it has ended.', json('RunView')), ...problems('invalid_request', 'run_not_found', 'lease_lost', ...OF_THE_STORE) },
    },
  },
];

export const conversationRoutes: readonly DocumentedRoute[] = [{
  method: 'get', path: '/v1/conversations/{id}',
  operation: {
    operationId: 'getConversation', tags: ['conversations'], summary: 'One conversation', description: 'What its ended runs have left, as the model knows it.',
    parameters: [pathParameter('id', 'The `conversation_id` of an answer.'), ...ids],
    responses: { 200: answer('The conversation.', json('ConversationView', CONVERSATION)), ...problems('invalid_request', 'conversation_not_found', ...OF_THE_STORE) },
  },
}];

function queryParameters(): readonly ParameterObject[] {
  const fields: Readonly<Record<string, object>> = inlineSchema(RunListQuery).properties ?? {};
  return Object.entries(fields).map(([name, field]) => {
    const { description, ...schema } = field as { readonly description?: string };
    return { name, in: 'query', required: false, ...(description !== undefined && { description }), schema };
  });
}
