import type { Exchange } from '../exchange.js';
import { ApiError } from '../protocol/api-error.js';
import { forecast } from './forecast.js';
import { geocode } from './geocoding.js';
import type { SimulatedAnswer } from './simulated-answer.js';
import { searchTheWeb } from './web-search.js';

const SERVICES: ReadonlyMap<string, (parameters: URLSearchParams) => SimulatedAnswer> = new Map([
  ['/simulated/open-meteo/geocode/v1/search', geocode],
  ['/simulated/open-meteo/v1/forecast', forecast],
  ['/simulated/searxng/search', searchTheWeb],
]);

/** Answers for the services that the tools call, so that they work with no network. All of it says that it is simulated. */
export function answerSimulatedApi(exchange: Exchange): void {
  const service = SERVICES.get(exchange.path);
  if (!service) return exchange.sendError(new ApiError(404, 'not_found_error', `Not found: ${exchange.path}`));
  if (exchange.method !== 'GET') return exchange.sendError(new ApiError(405, 'invalid_request_error', 'Method Not Allowed', { allow: 'GET' }));
  const { status, body } = service(exchange.parameters);
  exchange.sendJson(status, body);
}
