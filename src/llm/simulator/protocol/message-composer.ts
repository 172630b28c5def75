import { messageId, toolUseId } from './identifiers.js';
import { RAW_INPUT, type Message, type MessageBlock, type MessagesRequest, type ReplyBlock, type ReplyDraft, type Usage } from './messages-protocol.js';
import type { InputTokens } from './prompt-cache.js';
import { replyCharacters, tokensOf } from './token-estimate.js';

/** Gives a draft its ids and figures. The same request, fingerprint and draft give the same message. */
export function composeMessage(request: MessagesRequest, draft: ReplyDraft, input: InputTokens, fingerprint: string): Message {
  const content = draft.content.map((block, position) => composeBlock(block, fingerprint, position));
  return {
    id: messageId(fingerprint),
    type: 'message',
    role: 'assistant',
    model: request.model,
    content,
    stop_reason: draft.stopReason ?? (content.some((block) => block.type === 'tool_use') ? 'tool_use' : 'end_turn'),
    stop_sequence: draft.stopSequence ?? null,
    stop_details: null,
    container: null,
    diagnostics: null,
    usage: { ...estimatedUsage(input, content), ...draft.usage },
  };
}

function composeBlock(block: ReplyBlock, fingerprint: string, position: number): MessageBlock {
  switch (block.type) {
    case 'text':
      return { type: 'text', text: block.text, citations: null };
    case 'tool_use':
      return {
        type: 'tool_use', id: block.id ?? toolUseId(fingerprint, position), name: block.name, input: block.input, caller: { type: 'direct' },
        ...(block.rawInput !== undefined && { [RAW_INPUT]: block.rawInput }),
      };
    case 'thinking':
      return { type: 'thinking', thinking: block.thinking, signature: block.signature ?? 'c2ltdWxhdGVk' };
    case 'redacted_thinking':
      return { type: 'redacted_thinking', data: block.data };
    case 'unheard_of':
      return block;
  }
}

function estimatedUsage(input: InputTokens, content: readonly MessageBlock[]): Usage {
  const characters = content.reduce((sum, block) => sum + replyCharacters(block), 0);
  const thinking = content.reduce((sum, block) => sum + (block.type === 'thinking' ? block.thinking.length : 0), 0);
  return {
    cache_creation: {
      ephemeral_1h_input_tokens: input.lifetime === '1h' ? input.cacheCreated : 0,
      ephemeral_5m_input_tokens: input.lifetime === '5m' ? input.cacheCreated : 0,
    },
    cache_creation_input_tokens: input.cacheCreated,
    cache_read_input_tokens: input.cacheRead,
    inference_geo: null,
    input_tokens: input.fresh,
    output_tokens: Math.max(1, tokensOf(characters)),
    output_tokens_details: thinking > 0 ? { thinking_tokens: tokensOf(thinking) } : null,
    server_tool_use: null,
    service_tier: 'standard',
    speed: null,
  };
}
