import Anthropic from '@anthropic-ai/sdk';
import type { Reply } from '../kernel/transcript.js';
import { toFailure } from './anthropic-failure.js';
import { ChatModel, type CallOptions, type ChatRequest, type ModelIdentity } from './chat-model.js';
import { ReplyAssembler } from './reply-assembler.js';

export type RateLimitKind = 'requests' | 'input_tokens' | 'output_tokens';
export type RateLimitListener = (kind: RateLimitKind, limit: number, remaining: number) => void;

export interface AnthropicOptions {
  readonly identity: ModelIdentity;
  readonly apiKey: string;
  readonly baseUrl: string | undefined;
  readonly fetch: typeof fetch;
  /** How long the SDK waits for headers. More than the transport does, so that it is never the one to end a call. Milliseconds. */
  readonly timeoutMilliseconds: number;
}

/** Retries, spans and logs of the SDK are off: all three are ours, at our own seams. */
const SILENT = { error: noop, warn: noop, info: noop, debug: noop };

/** The Messages API through the official SDK. */
export class AnthropicChatModel extends ChatModel {
  readonly identity: ModelIdentity;
  private readonly client: Anthropic;

  constructor(options: AnthropicOptions, private readonly onRateLimit: RateLimitListener) {
    super();
    this.identity = options.identity;
    this.client = new Anthropic({
      apiKey: options.apiKey,
      ...(options.baseUrl !== undefined && { baseURL: options.baseUrl }),
      fetch: options.fetch,
      timeout: options.timeoutMilliseconds,
      maxRetries: 0,
      openTelemetry: false,
      logger: SILENT,
    });
  }

  override async complete(request: ChatRequest, options: CallOptions): Promise<Reply> {
    try {
      return await this.streamed(request, options);
    } catch (error) {
      options.signal.throwIfAborted(); // Whatever the SDK made of an abort: the caller's own reason is the truth.
      throw toFailure(error);
    }
  }

  /** Always a stream: only there can a model that is silent be told from one that is still writing. */
  private async streamed(request: ChatRequest, { signal, onText, onBegin }: CallOptions): Promise<Reply> {
    const { data: events, response } = await this.client.messages.create({ ...this.body(request), stream: true }, { signal }).withResponse();
    this.readLimits(response.headers);
    const assembler = new ReplyAssembler(onText ?? noop);
    for await (const event of events) {
      if (event.type === 'message_start') onBegin?.();
      assembler.take(event);
    }
    return assembler.reply();
  }

  private body({ system, messages, tools, maxTokens = this.identity.maxTokens }: ChatRequest): Omit<Anthropic.MessageCreateParamsNonStreaming, 'stream'> {
    const { name: model, temperature } = this.identity;
    return {
      model, max_tokens: maxTokens, system,
      // The transcript has the API's own shapes; only its arrays are read-only.
      messages: messages as unknown as Anthropic.MessageParam[],
      ...(tools.length > 0 && { tools: tools as unknown as Anthropic.ToolUnion[] }),
      // Current models take no temperature and the SDK does not type it, but others behind the same API do.
      ...(temperature !== undefined && { temperature }),
    };
  }

  private readLimits(headers: Response['headers']): void {
    for (const kind of ['requests', 'input_tokens', 'output_tokens'] as const) {
      const prefix = `anthropic-ratelimit-${kind.replace('_', '-')}`;
      const limit = headers.get(`${prefix}-limit`);
      const remaining = headers.get(`${prefix}-remaining`);
      if (limit !== null && remaining !== null) this.onRateLimit(kind, Number(limit), Number(remaining));
    }
  }
}

function noop(): void {
  return undefined;
}
