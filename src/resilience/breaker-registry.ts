import type { Clock } from '../kernel/clock.js';
import type { BreakerListener } from './breaker-listener.js';
import type { BreakerSettings } from './breaker-settings.js';
import { CircuitBreaker } from './circuit-breaker.js';

/** One breaker for each upstream, by name: a model at a base URL, an MCP server, an optional tool. */
export class BreakerRegistry {
  private readonly breakers = new Map<string, CircuitBreaker>();

  constructor(
    private readonly clock: Clock,
    private readonly listener: BreakerListener,
    private readonly settings: Partial<BreakerSettings> = {},
  ) {}

  /** The breaker of that name, made on first use and kept for good: names come from the configuration. */
  get(name: string): CircuitBreaker {
    const known = this.breakers.get(name);
    if (known !== undefined) return known;
    const made = new CircuitBreaker(name, this.clock, this.listener, this.settings);
    this.breakers.set(name, made);
    this.listener.registered?.(name);
    return made;
  }

  /** Every breaker that was asked for, oldest first. */
  all(): readonly CircuitBreaker[] {
    return [...this.breakers.values()];
  }

  /** The names of those that refuse every call at this moment. Half-open ones are not among them. */
  openNames(): readonly string[] {
    return this.all().filter(({ state }) => state === 'open').map(({ name }) => name);
  }
}
