import type { SimulatedUpstreams } from '../kernel/simulated-upstreams.js';
import type { ToolSettings } from '../settings/settings.js';
import type { ToolEndpoints } from './tool-endpoints.js';

/** Where each search engine answers when it has one address for everybody. */
const SEARCH_URLS = { brave: 'https://api.search.brave.com', tavily: 'https://api.tavily.com' } as const;

/**
 * The upstreams of the tools, from the settings. With the simulated model its upstreams are simulated as well, so that a
 * first try needs no network; a search engine that was configured is used even then.
 */
export function configuredEndpoints(settings: ToolSettings, { url: simulator }: SimulatedUpstreams): ToolEndpoints {
  const weather = simulator === undefined
    ? { openMeteoUrl: settings.openMeteoUrl, openMeteoGeocodingUrl: settings.openMeteoGeocodingUrl }
    : { openMeteoUrl: `${simulator}/simulated/open-meteo`, openMeteoGeocodingUrl: `${simulator}/simulated/open-meteo/geocode` };
  return { ...weather, search: search(settings, simulator) };
}

function search({ searchProvider: provider, searxngUrl, searchKey }: ToolSettings, simulator: string | undefined): ToolEndpoints['search'] {
  if (provider === 'none') {
    return simulator === undefined
      ? { provider, url: '', key: undefined }
      : { provider: 'searxng', url: `${simulator}/simulated/searxng`, key: undefined };
  }
  return { provider, url: provider === 'searxng' ? searxngUrl ?? '' : SEARCH_URLS[provider], key: searchKey };
}
