import type { MessageBlock, MessagesRequest, RequestBlock, ToolDefinition } from './messages-protocol.js';

/**
 * The simulator's estimate: four characters are a token, rounded up over everything that is counted together.
 * The real tokenizer is not public; what matters is that equal text costs equal tokens and more text costs more.
 */
const CHARACTERS_PER_TOKEN = 4;

/** An image or a document counts as this much text, whatever the size of its data. */
const ATTACHMENT_CHARACTERS = 6_000;

export function tokensOf(characters: number): number {
  return Math.ceil(characters / CHARACTERS_PER_TOKEN);
}

/** Characters of system prompt, tools and messages together. */
export function requestCharacters({ system, tools, messages }: MessagesRequest): number {
  let characters = contentCharacters(system ?? '');
  for (const tool of tools ?? []) characters += toolCharacters(tool);
  for (const message of messages) characters += contentCharacters(message.content);
  return characters;
}

export function toolCharacters({ name, description, input_schema: schema }: ToolDefinition): number {
  return name.length + (description?.length ?? 0) + JSON.stringify(schema).length;
}

export function contentCharacters(content: string | readonly RequestBlock[]): number {
  if (typeof content === 'string') return content.length;
  return content.reduce((sum, block) => sum + blockCharacters(block), 0);
}

export function blockCharacters(block: RequestBlock): number {
  switch (block.type) {
    case 'text':
      return block.text?.length ?? 0;
    case 'tool_use':
      return (block.name?.length ?? 0) + JSON.stringify(block.input).length;
    case 'tool_result':
      return contentCharacters(block.content ?? '');
    case 'thinking':
      return block.thinking?.length ?? 0;
    case 'redacted_thinking':
    case 'unheard_of':
      return 0;
    case 'image':
    case 'document':
      return ATTACHMENT_CHARACTERS;
  }
}

/** Characters that a reply's block costs its writer. */
export function replyCharacters(block: MessageBlock): number {
  switch (block.type) {
    case 'text':
      return block.text.length;
    case 'tool_use':
      return block.name.length + (JSON.stringify(block.input)?.length ?? 0);
    case 'thinking':
      return block.thinking.length;
    case 'redacted_thinking':
      return block.data.length;
    case 'unheard_of':
      return block.note.length;
  }
}
