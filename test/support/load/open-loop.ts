import { setTimeout as pause } from 'node:timers/promises';
import { Agent, request } from 'undici';

/** How one request of a load ended. */
export interface Shot {
  /** Monotonic milliseconds. */
  readonly sentAt: number;
  readonly milliseconds: number;
  readonly status: number;
  readonly code: string | undefined;
  /** True when a refusal says when to come back. */
  readonly hasRetryAfter: boolean;
}

export interface Load {
  /** `POST /chat` is asked there. Loopback only. */
  readonly url: string;
  readonly perSecond: number;
  readonly seconds: number;
  readonly message?: string;
}

/**
 * Sends requests at a fixed rate, whether or not the earlier ones were answered: so a slow service does not slow down what is asked
 * of it. Resolves when all are answered. Bounded by `perSecond * seconds` requests.
 */
export async function openLoop({ url, perSecond, seconds, message = 'Hello' }: Load): Promise<readonly Shot[]> {
  if (new URL(url).hostname !== '127.0.0.1') throw new Error('Load goes to 127.0.0.1 only.');
  const dispatcher = new Agent({ connections: 2_000, pipelining: 1 });
  const body = JSON.stringify({ message });
  const begin = performance.now();
  const shots: Promise<Shot>[] = [];
  for (let count = 0; count < perSecond * seconds; count++) {
    const early = begin + (count * 1_000) / perSecond - performance.now();
    if (early > 1) await pause(early);
    shots.push(shoot(`${url}/chat`, body, dispatcher));
  }
  const all = await Promise.all(shots);
  await dispatcher.close();
  return all;
}

async function shoot(url: string, body: string, dispatcher: Agent): Promise<Shot> {
  const sentAt = performance.now();
  const response = await request(url, { method: 'POST', dispatcher, headers: { 'content-type': 'application/json' }, body });
  const { code } = await response.body.json() as { code?: string };
  return { sentAt, milliseconds: performance.now() - sentAt, status: response.statusCode, code, hasRetryAfter: response.headers['retry-after'] !== undefined };
}

/** The value below which so many of them lie. `share` is between 0 and 1. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}
