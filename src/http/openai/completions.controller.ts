import { Body, Controller, Headers, HttpCode, Post, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply } from 'fastify';
import type { IncomingHttpHeaders } from 'node:http';
import { AGENT_NAME } from '../../agent/agent-name.js';
import { AgentService, type AskOptions, type Question } from '../../agent/agent.service.js';
import { Failure } from '../../kernel/failure.js';
import { Observer } from '../../kernel/observer.js';
import { NO_USAGE } from '../../kernel/transcript.js';
import { RunReader } from '../../store/run-reader.js';
import { parseMessage } from '../chat.schema.js';
import { untilClientLeaves } from '../client-signal.js';
import { toProblem } from '../problem.js';
import { setHeaders } from '../response-headers.js';
import { SseStream } from '../sse-stream.js';
import { backgroundAnswer } from './background-job.js';
import { continuationOf } from './client-history.js';
import { CompletionStream } from './completion-stream.js';
import { completionBody, frameOf, toCompletion, usageOf, type ChunkFrame } from './completion.js';
import { parseCompletionRequest, type CompletionRequest } from './completion.schema.js';
import { sendOpenAiError } from './openai-error.js';
import { conversationIdFrom } from './session-id.js';

/** Characters of a model's name that are repeated to the client. */
const SHOWN_CHARACTERS = 100;

/** `POST /v1/chat/completions`: the agent as a model of the OpenAI API. */
@Controller('v1')
export class CompletionsController {
  constructor(private readonly agent: AgentService, private readonly reader: RunReader, private readonly observer: Observer) {}

  @Post('chat/completions')
  @HttpCode(200)
  @RouteConfig({ sendProblem: sendOpenAiError })
  async complete(@Body() body: unknown, @Headers() headers: IncomingHttpHeaders, @Res() reply: FastifyReply): Promise<void> {
    const request = parseCompletionRequest(body);
    const correlationId = String(reply.getHeader('x-correlation-id'));
    setHeaders(reply, { 'x-request-id': correlationId, ...ignoredModel(request.model) });
    const job = backgroundAnswer(request.messages);
    if (job) {
      this.observer.note('openai.background_job', { kind: job.kind });
      return sendAnswer(job.answer, request, reply);
    }
    const question = await this.question(request, headers, correlationId);
    const signal = untilClientLeaves(reply.raw);
    if (request.stream) return this.stream(question, request, { signal, toolProgress: headers['x-tool-progress'] === '1' }, reply);
    const result = await this.agent.ask(question, { signal, onStarted: (ids) => setHeaders(reply, idHeaders(ids)) });
    if (result.degraded.length > 0) setHeaders(reply, { 'x-degraded': result.degraded.join(',') });
    await reply.header('cache-control', 'no-store').send(completionBody(toCompletion(frameOf(result.run_id), result)));
  }

  /** @throws Failure `invalid_request` when the last message is none that the agent could answer. */
  private async question({ messages }: CompletionRequest, headers: IncomingHttpHeaders, correlationId: string): Promise<Question> {
    const last = messages.at(-1);
    if (last?.role !== 'user') throw new Failure('invalid_request', { errorType: 'validation', publicMessage: 'messages: the last one must be from the user' });
    const message = parseMessage(last.text);
    const conversationId = conversationIdFrom(headers);
    const stored = conversationId === undefined ? undefined : await this.reader.history(conversationId);
    return { message, channel: 'http', correlationId, ...continuationOf(messages, conversationId, stored) };
  }

  private async stream(
    question: Question, { includeUsage }: CompletionRequest, { signal, toolProgress }: Pick<AskOptions, 'signal'> & { readonly toolProgress: boolean }, reply: FastifyReply,
  ): Promise<void> {
    const sse = new SseStream(reply.raw);
    let stream: CompletionStream | undefined;
    try {
      const result = await this.agent.ask(question, {
        signal, mayRestart: false,
        onStarted: (ids) => {
          setHeaders(reply, idHeaders(ids));
          stream = new CompletionStream(sse, frameOf(ids.run_id), { includeUsage, toolProgress, onOpen: () => void reply.hijack() });
        },
        onEvent: (event) => stream?.happened(event),
      });
      stream?.completed(result);
    } catch (error) {
      if (!sse.isOpen) throw error;
      stream?.failed(toProblem(error, question.correlationId));
    } finally {
      stream?.close();
    }
  }
}

/** A chat that no run was needed for: it used no tokens, and has no conversation. */
function sendAnswer(content: string, { stream, includeUsage }: CompletionRequest, reply: FastifyReply): void {
  const frame: ChunkFrame = frameOf(crypto.randomUUID());
  const completion = { ...frame, content, finishReason: 'stop' as const, usage: usageOf(NO_USAGE) };
  if (!stream) return void reply.header('cache-control', 'no-store').send(completionBody(completion));
  new CompletionStream(new SseStream(reply.raw), frame, { includeUsage, toolProgress: false, onOpen: () => void reply.hijack() }).answered(completion);
}

function idHeaders(ids: { readonly run_id: string; readonly conversation_id: string }): Readonly<Record<string, string>> {
  return { 'x-run-id': ids.run_id, 'x-conversation-id': ids.conversation_id };
}

/** The agent answers whatever model was asked for, and says so. */
function ignoredModel(model: string | undefined): Readonly<Record<string, string>> {
  const shown = (model ?? '').slice(0, SHOWN_CHARACTERS).replace(/[^\w.:/@-]/g, '_');
  return shown === '' || model === AGENT_NAME ? {} : { 'x-model-ignored': shown };
}
