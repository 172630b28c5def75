import { Controller, Get, Param } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { AGENT_NAME } from '../../agent/agent-name.js';
import { Failure } from '../../kernel/failure.js';
import { sendOpenAiError } from './openai-error.js';

const AGENT = { id: AGENT_NAME, object: 'model', created: 0, owned_by: 'task-agent' } as const;

/** `GET /v1/models`: the agent is the only one. */
@Controller('v1/models')
export class ModelsController {
  @Get()
  @RouteConfig({ sendProblem: sendOpenAiError })
  list(): object {
    return { object: 'list', data: [AGENT] };
  }

  /** @throws Failure `model_not_found` */
  @Get(':id')
  @RouteConfig({ sendProblem: sendOpenAiError })
  find(@Param('id') id: string): object {
    if (id === AGENT_NAME) return AGENT;
    throw new Failure('model_not_found', { errorType: 'not_found', publicMessage: `The only model here is ${AGENT_NAME}.` });
  }
}
