import { Failure } from '../../../src/kernel/failure.js';
import { BreakerRegistry } from '../../../src/resilience/breaker-registry.js';
import type { CircuitBreaker } from '../../../src/resilience/circuit-breaker.js';
import { FakeClock } from '../../support/fake-clock.js';

function bench(settings?: ConstructorParameters<typeof BreakerRegistry>[2]) {
  const clock = new FakeClock();
  const events: string[] = [];
  const registry = new BreakerRegistry(clock, {
    registered: (name) => events.push(`${name} registered`),
    stateChanged: ({ name, to }) => events.push(`${name} ${to}`),
    failed: () => {},
    rejected: () => {},
  }, settings);
  return { clock, events, registry };
}

async function fail(breaker: CircuitBreaker, times: number): Promise<void> {
  const fault = new Failure('upstream', { errorType: 'api_error', publicMessage: 'It broke.' });
  for (let count = 0; count < times; count += 1) {
    await breaker.execute(() => Promise.reject(fault), new AbortController().signal).catch(() => undefined);
  }
}

describe('the registry of breakers', () => {
  it('keeps one breaker for each name', () => {
    const { registry } = bench();
    expect(registry.get('llm')).toBe(registry.get('llm'));
    expect(registry.get('llm')).not.toBe(registry.get('search'));
    expect(registry.all().map(({ name }) => name)).toEqual(['llm', 'search']);
  });

  it('makes none before it is asked for', () => {
    expect(bench().registry.all()).toEqual([]);
  });

  it('tells the listener once of each new breaker', () => {
    const { registry, events } = bench();
    registry.get('llm');
    registry.get('llm');
    registry.get('search');
    expect(events).toEqual(['llm registered', 'search registered']);
  });

  it('lets one upstream fail without the others', async () => {
    const { registry, events } = bench();
    registry.get('llm');
    await fail(registry.get('search'), 5);
    expect(registry.openNames()).toEqual(['search']);
    expect(registry.get('llm').state).toBe('closed');
    expect(events).toContain('search open');
  });

  it('names only those that are open at this moment', async () => {
    const { registry, clock } = bench();
    await fail(registry.get('search'), 5);
    clock.advance(66_000);
    expect(registry.openNames()).toEqual([]);
    expect(registry.get('search').state).toBe('half_open');
  });

  it('gives its settings to every breaker', async () => {
    const { registry } = bench({ consecutiveFailures: 1 });
    await fail(registry.get('search'), 1);
    expect(registry.openNames()).toEqual(['search']);
  });
});
