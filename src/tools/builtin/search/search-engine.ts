export interface SearchHit {
  readonly title: string;
  readonly url: string;
  readonly snippet: string;
}

export interface SearchAnswer {
  readonly hits: readonly SearchHit[];
  /** True when the upstream said that it made this up. */
  readonly simulated: boolean;
}

/** One search API. The texts are as the upstream wrote them. */
export interface SearchEngine {
  /** May give more or fewer hits than `count`, best first. @throws Failure as fetchJson does */
  search(query: string, count: number, signal: AbortSignal): Promise<SearchAnswer>;
}
