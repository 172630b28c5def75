import type { SearchEndpoint } from '../../tool-endpoints.js';
import { BraveSearch } from './brave-search.js';
import type { SearchEngine } from './search-engine.js';
import { SearxngSearch } from './searxng-search.js';
import { TavilySearch } from './tavily-search.js';

const ENGINES: Readonly<Record<SearchEndpoint['provider'], (new (endpoint: SearchEndpoint) => SearchEngine) | undefined>> = {
  none: undefined,
  searxng: SearxngSearch,
  brave: BraveSearch,
  tavily: TavilySearch,
};

/** The engine that was configured, or undefined when none was. A further one is a line in the table above. */
export function searchEngineAt(endpoint: SearchEndpoint): SearchEngine | undefined {
  const Engine = ENGINES[endpoint.provider];
  return Engine && new Engine(endpoint);
}
