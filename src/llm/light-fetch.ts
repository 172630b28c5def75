import { Agent, request } from 'undici';
import { LightResponse } from './light-response.js';
import { SilenceWatch, type SilenceLimits } from './silence-watch.js';

/** How long a connection may take to be made. */
const CONNECT_MILLISECONDS = 5_000;

/**
 * The `fetch` that the SDK is given: `undici.request` behind the few members of a response that the SDK reads. Global fetch
 * costs more CPU per call than all our telemetry together (measured: 1.0 against 0.45 ms). The time bounds live here, too,
 * because the SDK's own timeout ends with the response headers. How many connections there are is bounded by who calls.
 */
export class LightFetch {
  private readonly agent: Agent;

  constructor(private readonly limits: SilenceLimits) {
    this.agent = new Agent({
      connections: null, pipelining: 1, keepAliveTimeout: 60_000, headersTimeout: 0, bodyTimeout: 0, // SilenceWatch is more exact: undici's timers count seconds.
      connectTimeout: Math.min(CONNECT_MILLISECONDS, limits.beginMilliseconds),
    });
  }

  readonly fetch = (async (url: string | URL, init: RequestInit = {}): Promise<Response> => {
    const watch = new SilenceWatch(this.limits, init.signal ?? undefined);
    try {
      const response = await request(url.toString(), {
        dispatcher: this.agent,
        method: (init.method ?? 'GET'),
        headers: Object.fromEntries(new Headers(init.headers)),
        body: (init.body ?? null) as string | null,
        signal: watch.signal,
      });
      watch.heard();
      return new LightResponse(url.toString(), response, watch) as unknown as Response;
    } catch (error) {
      watch.stop();
      throw error;
    }
  }) as typeof fetch;

  /** Ends the kept-alive connections. */
  close(): Promise<void> {
    return this.agent.destroy();
  }
}
