import type { Secret } from '../settings/secret.js';

export interface SearchEndpoint {
  /** Whose API `url` speaks; `none`: there is no search engine, and `url` and `key` mean nothing. */
  readonly provider: 'none' | 'searxng' | 'brave' | 'tavily';
  /** Base URL, without the path of the API. */
  readonly url: string;
  readonly key: Secret | undefined;
}

/** Where the tools find their upstreams. All URLs are base URLs (http or https, a path is kept, a trailing slash does not matter). */
export abstract class ToolEndpoints {
  abstract readonly openMeteoUrl: string;
  abstract readonly openMeteoGeocodingUrl: string;
  abstract readonly search: SearchEndpoint;
}
