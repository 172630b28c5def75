import type Anthropic from '@anthropic-ai/sdk';
import { Failure } from '../kernel/failure.js';
import { cleanText, cleanValue, cut } from '../kernel/text.js';
import { STOP_REASONS, type AssistantBlock, type Reply, type StopReason } from '../kernel/transcript.js';

type StreamEvent = Anthropic.RawMessageStreamEvent;

/**
 * Puts a streamed reply together. A reply counts as complete only when the model gave a stop reason and said `message_stop`:
 * a stream that merely ends is a broken one, although its text may look whole.
 */
export class ReplyAssembler {
  private message: Anthropic.Message | undefined;
  private readonly blocks: Record<string, unknown>[] = [];
  private readonly partialInputs: string[] = [];
  private readonly closed = new Set<unknown>();
  private stopped = false;

  constructor(private readonly onText: (text: string) => void) {}

  take(event: StreamEvent): void {
    switch (event.type) {
      case 'message_start': this.begin(event.message); break;
      case 'content_block_start': this.openBlock(event); break;
      case 'content_block_delta': this.delta(event.index, event.delta); break;
      case 'content_block_stop': this.closeBlock(event.index); break;
      case 'message_delta': this.ending(event); break;
      case 'message_stop': this.stopped = true; break;
      default: break; // The API may add events; those it has added so far (`ping`) carry nothing we need.
    }
  }

  /** @throws Failure `upstream_bad_response` when the stream ended early or was out of order. */
  reply(): Reply {
    if (!this.message || !this.stopped || !this.message.stop_reason) throw incomplete('the stream ended before the reply did');
    if (this.blocks.some((block) => block.type === 'tool_use' && !this.closed.has(block))) throw incomplete('a tool call did not end');
    return toReply({ ...this.message, content: this.blocks as unknown as Anthropic.ContentBlock[] });
  }

  private begin(message: Anthropic.Message): void {
    if (this.message) throw incomplete('it began twice');
    this.message = message;
  }

  private openBlock({ index, content_block: block }: Anthropic.RawContentBlockStartEvent): void {
    if (!this.message || index !== this.blocks.length) throw incomplete('its parts were out of order');
    this.blocks[index] = { ...block };
  }

  private delta(index: number, delta: Anthropic.RawContentBlockDelta): void {
    const block = this.blocks[index];
    if (!block) throw incomplete('a delta came before its block');
    switch (delta.type) {
      case 'text_delta': block.text = `${String(block.text)}${delta.text}`; this.onText(delta.text); break;
      case 'input_json_delta': this.partialInputs[index] = (this.partialInputs[index] ?? '') + delta.partial_json; break;
      case 'thinking_delta': block.thinking = `${String(block.thinking)}${delta.thinking}`; break;
      case 'signature_delta': block.signature = delta.signature; break;
      default: break;
    }
  }

  private closeBlock(index: number): void {
    const block = this.blocks[index];
    this.closed.add(block);
    if (block?.type === 'tool_use') block.input = parseInput(this.partialInputs[index] || '{}');
  }

  private ending(event: Anthropic.RawMessageDeltaEvent): void {
    if (!this.message) throw incomplete('the reply ended before it began');
    this.message.stop_reason = event.delta.stop_reason;
    this.message.usage.output_tokens = event.usage.output_tokens;
  }
}

/** Characters of an input that can not be read which the model gets to see again. */
const UNREADABLE_CHARACTERS = 200;

/**
 * An input that is no JSON object is the model's mistake (or cut off by `max_tokens`), not a broken stream. It becomes one that every
 * tool refuses, because no tool has such a field: so the history stays valid, and the model learns of it.
 */
function parseInput(json: string): unknown {
  const input = parsed(json);
  return typeof input === 'object' && input !== null && !Array.isArray(input) ? input : { unreadable_input: cut(json, UNREADABLE_CHARACTERS) };
}

/** Undefined when it is not JSON. */
function parsed(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch (error) {
    if ((Object(error) as Error).name === 'SyntaxError') return undefined; // instanceof lies across realms
    throw error;
  }
}

/** The reply of the API as ours. @throws Failure `upstream_bad_response` for a shape that is not a message. */
function toReply(message: Anthropic.Message): Reply {
  const { usage } = Object(message) as Partial<Anthropic.Message>;
  if (!Array.isArray(message.content) || !usage || !message.stop_reason) throw incomplete('the answer is not a message');
  const ids = message.content.flatMap((block) => (block.type === 'tool_use' ? [block.id] : []));
  if (new Set(ids).size !== ids.length) throw incomplete('two tool calls had the same id'); // No history could answer both.
  return {
    id: message.id,
    model: message.model,
    content: message.content.flatMap(toBlock),
    stopReason: toStopReason(message.stop_reason),
    usage: {
      input_tokens: usage.input_tokens,
      output_tokens: usage.output_tokens,
      cache_read_tokens: usage.cache_read_input_tokens ?? 0,
      cache_write_tokens: usage.cache_creation_input_tokens ?? 0,
    },
  };
}

/** Keeps what the next request must carry; drops blank text, which the API refuses to read back, and block types we never asked for. */
function toBlock(block: Anthropic.ContentBlock): AssistantBlock[] {
  switch (block.type) {
    case 'text': return block.text.trim() === '' ? [] : [{ type: 'text', text: cleanText(block.text) }];
    case 'tool_use': return [{ type: 'tool_use', id: block.id, name: block.name, input: cleanValue(block.input) }];
    case 'thinking':
    case 'redacted_thinking': return [{ ...block }];
    default: return [];
  }
}

function toStopReason(reason: string): StopReason {
  return (STOP_REASONS as readonly string[]).includes(reason) ? (reason as StopReason) : 'other';
}

function incomplete(detail: string, cause?: unknown): Failure {
  return new Failure('upstream_bad_response', {
    errorType: 'bad_response', retryable: true, publicMessage: `The model's answer could not be read: ${detail}.`, cause,
  });
}
