import type { MessagesRequest, RequestBlock, RequestMessage } from '../protocol/messages-protocol.js';

/** A tool call of this turn and what came back. */
export interface ToolExchange {
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly result: string;
  readonly failed: boolean;
}

/** The part of a conversation that the next reply is about. */
export interface Turn {
  /** What the user asked last, in their own words; it may hold a script. */
  readonly question: string;
  /** What the model said before that question; empty at the start. */
  readonly previousAnswer: string;
  /** What was called for this question so far, in order. */
  readonly exchanges: readonly ToolExchange[];
}

/** Finds the last question, and the calls since. A user turn that carries tool results is no question. */
export function readTurn({ messages }: MessagesRequest): Turn {
  const asked = messages.findLastIndex((message) => message.role === 'user' && !blocksOf(message).some(isResult));
  const before = messages.slice(0, Math.max(0, asked)).findLast(({ role }) => role === 'assistant');
  return {
    question: textOf(messages[asked]),
    previousAnswer: textOf(before),
    exchanges: readExchanges(messages.slice(asked + 1)),
  };
}

/** A text field of a call's input; the fallback when it is missing or no text. */
export function inputText({ input }: ToolExchange, field: string, fallback: string): string {
  const value = input[field];
  return typeof value === 'string' ? value : fallback;
}

function readExchanges(messages: readonly RequestMessage[]): ToolExchange[] {
  const blocks = messages.flatMap(blocksOf);
  const results = new Map(blocks.filter(isResult).map((block) => [block.tool_use_id, block]));
  return blocks.flatMap((block) => {
    const result = results.get(block.id);
    if (block.type !== 'tool_use' || !result) return [];
    return [{
      name: block.name ?? '', input: block.input ?? {}, result: joined(result.content ?? ''), failed: result.is_error === true,
    }];
  });
}

function textOf(message: RequestMessage | undefined): string {
  return message ? joined(message.content) : '';
}

function joined(content: string | readonly RequestBlock[]): string {
  if (typeof content === 'string') return content;
  return content.flatMap(({ type, text }) => (type === 'text' && text !== undefined ? [text] : [])).join('\n');
}

function blocksOf({ content }: RequestMessage): readonly RequestBlock[] {
  return typeof content === 'string' ? [] : content;
}

function isResult({ type }: RequestBlock): boolean {
  return type === 'tool_result';
}
