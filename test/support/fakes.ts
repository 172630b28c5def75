import { NO_USAGE, type AssistantBlock, type Reply, type StopReason, type ToolUseBlock } from '../../src/kernel/transcript.js';
import { ChatModel, type CallOptions, type ChatRequest, type ModelIdentity } from '../../src/llm/chat-model.js';
import { Toolbox, type Offer, type ToolEvents, type ToolOutcome } from '../../src/tools/toolbox.js';

export const IDENTITY: ModelIdentity = {
  provider: 'anthropic', name: 'model-1', simulated: false, maxTokens: 100, temperature: undefined, serverAddress: 'localhost', serverPort: 1,
};

export function textReply(text: string, stopReason: StopReason = 'end_turn'): Reply {
  return { id: 'msg_1', model: 'model-1', content: text === '' ? [] : [{ type: 'text', text }], stopReason, usage: { ...NO_USAGE, input_tokens: 10, output_tokens: 5 }, cost: 1_000 };
}

export function toolReply(calls: readonly (readonly [name: string, input: unknown])[], stopReason: StopReason = 'tool_use', text = ''): Reply {
  const blocks: AssistantBlock[] = calls.map(([name, input], index) => ({ type: 'tool_use', id: `toolu_${index}`, name, input }));
  return { ...textReply(text, stopReason), content: [...textReply(text).content, ...blocks] };
}

/** Plays replies in order, and keeps what it was asked. A reply that is an Error is thrown. */
export class ScriptedModel extends ChatModel {
  override readonly identity = IDENTITY;
  readonly asked: ChatRequest[] = [];

  constructor(private readonly replies: (Reply | Error)[]) {
    super();
  }

  override async complete(request: ChatRequest, options: CallOptions): Promise<Reply> {
    this.asked.push(structuredClone(request));
    const reply = this.replies.shift();
    if (!reply) throw new Error('the script has no reply left');
    if (reply instanceof Error) throw reply;
    for (const block of reply.content) if (block.type === 'text') options.onText?.(block.text);
    return reply;
  }
}

/** Answers each call with what the table says; an unknown tool fails. */
export class ScriptedToolbox extends Toolbox {
  readonly executed: ToolUseBlock[] = [];
  /** Names of tools that are withdrawn. */
  readonly down = new Set<string>();

  constructor(private readonly results: Readonly<Record<string, string>> = {}) {
    super();
  }

  override offer(): Offer {
    const offered = Object.keys(this.results).filter((name) => !this.down.has(name));
    return { tools: offered.map((name) => ({ name, description: name, input_schema: { type: 'object' as const } })), withdrawn: [...this.down] };
  }

  override mayRepeat(): boolean {
    return true;
  }

  override async execute(calls: readonly ToolUseBlock[], { onToolCompleted }: ToolEvents): Promise<readonly ToolOutcome[]> {
    return calls.map((call) => {
      this.executed.push(call);
      const content = this.results[call.name];
      const outcome: ToolOutcome = { toolUseId: call.id, toolName: call.name, ...(content === undefined ? { content: 'failed', errorType: 'execution' as const } : { content }) };
      onToolCompleted?.(outcome);
      return outcome;
    });
  }
}
