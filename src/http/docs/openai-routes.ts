import { AGENT_NAME } from '../../agent/agent-name.js';
import { answer, eventStream, json, jsonBody, openAiProblems, parameter, pathParameter, type DocumentedRoute } from './documented-route.js';
import { CHUNKS, COMPLETION, COMPLETION_REQUEST } from './examples.js';
import { OF_BODIES, OF_RUNS } from './problem-codes.js';

const COMPLETE = `The last message is the question, and must be from the user. What is not in the schema is ignored, as is \`model\`; tools of the client are refused.
With \`stream: true\` the answer comes in chunks. Once a stream has begun, a failure is its last line, an error without \`[DONE]\` behind it.`;

const OF_RUNS_AND_IDS = ['x-request-id', 'x-run-id', 'x-conversation-id', 'x-degraded', 'x-model-ignored'] as const;
const ids = [parameter('CorrelationId'), parameter('Traceparent')];
const AGENT = { id: AGENT_NAME, object: 'model', created: 0, owned_by: 'task-agent' };

export const openAiRoutes: readonly DocumentedRoute[] = [
  {
    method: 'post', path: '/v1/chat/completions',
    operation: {
      operationId: 'createChatCompletion', tags: ['openai'], summary: 'Complete a chat', description: COMPLETE,
      parameters: [parameter('SessionId'), parameter('ToolProgress'), ...ids],
      requestBody: jsonBody('CompletionRequest', COMPLETION_REQUEST),
      responses: {
        200: answer('The answer.', { ...json('Completion', COMPLETION), ...eventStream('CompletionChunk', CHUNKS) }, OF_RUNS_AND_IDS),
        ...openAiProblems(...OF_BODIES, ...OF_RUNS),
      },
    },
  },
  {
    method: 'get', path: '/v1/models',
    operation: {
      operationId: 'listModels', tags: ['openai'], summary: 'The models', description: 'The agent is the only one.', parameters: ids,
      responses: { 200: answer('The models.', json('ModelList', { object: 'list', data: [AGENT] })), ...openAiProblems() },
    },
  },
  {
    method: 'get', path: '/v1/models/{id}',
    operation: {
      operationId: 'getModel', tags: ['openai'], summary: 'One model', parameters: [pathParameter('id', 'The name of a model.'), ...ids],
      responses: { 200: answer('The model.', json('Model', AGENT)), ...openAiProblems('model_not_found') },
    },
  },
];
