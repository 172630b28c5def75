import { chainedFingerprint } from './identifiers.js';
import type { CacheControl, MessagesRequest, RequestBlock } from './messages-protocol.js';
import { blockCharacters, requestCharacters, tokensOf, toolCharacters } from './token-estimate.js';

/** How the input tokens of one request are split. Their sum is the estimate of the whole request. */
export interface InputTokens {
  readonly fresh: number;
  readonly cacheRead: number;
  readonly cacheCreated: number;
  /** Lifetime of what was created, from the last breakpoint. */
  readonly lifetime: '5m' | '1h';
}

interface Boundary {
  readonly fingerprint: string;
  readonly characters: number;
  readonly breakpoint: CacheControl | null;
}

/**
 * Prompt caching as the API documents it: a prefix (tools, then system, then messages) is written at each
 * `cache_control` breakpoint; a later request reads the longest prefix that was written before.
 * It differs in two ways, so that tests stay short and repeatable: there is no minimum length, and an entry
 * leaves when `capacity` younger ones have come, not after five minutes.
 */
export class PromptCache {
  private readonly known = new Set<string>();

  constructor(private readonly capacity = 1_000) {}

  /** Counts a request's input tokens and remembers its breakpoints. */
  measure(request: MessagesRequest): InputTokens {
    const total = Math.max(1, tokensOf(requestCharacters(request)));
    const boundaries = cacheable(request);
    const last = boundaries.at(-1);
    if (!last) return { fresh: total, cacheRead: 0, cacheCreated: 0, lifetime: '5m' };
    const read = boundaries.findLast(({ fingerprint }) => this.known.has(fingerprint));
    if (read) this.remember(read.fingerprint);
    for (const { fingerprint, breakpoint } of boundaries) if (breakpoint) this.remember(fingerprint);
    const cached = Math.min(total, tokensOf(last.characters));
    const cacheRead = Math.min(cached, tokensOf(read?.characters ?? 0));
    return { fresh: total - cached, cacheRead, cacheCreated: cached - cacheRead, lifetime: last.breakpoint?.ttl ?? '5m' };
  }

  private remember(fingerprint: string): void {
    this.known.delete(fingerprint);
    this.known.add(fingerprint);
    const [oldest] = this.known;
    if (this.known.size > this.capacity && oldest !== undefined) this.known.delete(oldest);
  }
}

/** Every block boundary up to the last breakpoint; none when the request asks for no caching. */
function cacheable(request: MessagesRequest): Boundary[] {
  if (!asksForCaching(request)) return [];
  const boundaries: Boundary[] = [];
  let fingerprint = request.model;
  let characters = 0;
  const add = (piece: object, pieceCharacters: number, breakpoint: CacheControl | null | undefined): void => {
    // Breakpoints move from request to request, so they are no part of what is compared.
    fingerprint = chainedFingerprint(fingerprint, JSON.stringify({ ...piece, cache_control: undefined }));
    characters += pieceCharacters;
    boundaries.push({ fingerprint, characters, breakpoint: breakpoint ?? null });
  };
  for (const tool of request.tools ?? []) add(tool, toolCharacters(tool), tool.cache_control);
  for (const block of blocksOf(request.system ?? [])) add(block, blockCharacters(block), block.cache_control);
  for (const { role, content } of request.messages) {
    for (const block of blocksOf(content)) add({ role, ...block }, blockCharacters(block), block.cache_control);
  }
  const end = boundaries.at(-1);
  if (request.cache_control && end) boundaries.push({ ...end, breakpoint: request.cache_control });
  return boundaries.slice(0, boundaries.findLastIndex(({ breakpoint }) => breakpoint) + 1);
}

function asksForCaching({ cache_control: top, tools, system, messages }: MessagesRequest): boolean {
  const marked = (item: { readonly cache_control?: CacheControl | null }): boolean => Boolean(item.cache_control);
  return Boolean(top) || (tools ?? []).some(marked) || (typeof system !== 'string' && (system ?? []).some(marked))
    || messages.some(({ content }) => typeof content !== 'string' && content.some(marked));
}

function blocksOf(content: string | readonly RequestBlock[]): readonly RequestBlock[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : content;
}
