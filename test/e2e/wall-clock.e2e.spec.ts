import { eventually } from '../support/eventually.js';
import { parseExposition } from '../support/exposition.js';
import { RunningApplication } from '../support/running-application.js';

const HOUR = 3_600_000;
const QUESTION = { message: 'What is 15 multiplied by 23?' };
/** Failures in a row that open the breaker of the model. */
const TO_OPEN = 5;

/** The date as this process sees it; timers and monotonic time go on as ever, as when a time server sets the clock. */
const RealDate = Date;
function jumpWall(milliseconds: number): void {
  const now = () => RealDate.now() + milliseconds;
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, args: []) => (args.length === 0 ? new target(now()) : new target(...args)),
    get: (target, name, receiver) => (name === 'now' ? now : Reflect.get(target, name, receiver) as unknown),
  });
}

let service: RunningApplication;
beforeEach(async () => {
  service = await RunningApplication.start({ TOTAL_TIMEOUT: '2', LLM_ATTEMPTS: '1', LLM_TIMEOUT: '20', LOG_LEVEL: 'DEBUG' });
});
afterEach(async () => {
  globalThis.Date = RealDate;
  await service.stop();
  expect(service.simulator.violations).toEqual([]);
});

async function expectSaneDurations(): Promise<void> {
  const series = [...parseExposition(await service.metrics())].filter(([name]) => /_sum\b/.test(name));
  expect(series.length).toBeGreaterThan(5);
  expect(series.filter(([, value]) => !(value >= 0))).toEqual([]);
  expect(series.filter(([name, value]) => name.includes('_seconds_sum') && value > 60)).toEqual([]);
  const durations = service.log.lines.flatMap(({ duration_ms: milliseconds }) => (milliseconds === undefined ? [] : [Number(milliseconds)]));
  expect(durations.length).toBeGreaterThan(3);
  expect(durations.filter((milliseconds) => !(milliseconds >= 0 && milliseconds < 60_000))).toEqual([]);
}

describe.each([['forward', HOUR], ['back', -HOUR]])('a clock that is set %s by an hour while requests run', (_direction, jump) => {
  it('ends no request, and shows in no duration', async () => {
    await service.chat(QUESTION);
    service.simulator.enqueue({ kind: 'hang' });
    const startedAt = performance.now();
    const hanging = service.chat(QUESTION);
    await eventually(() => service.simulator.inFlight === 1);
    jumpWall(jump);
    expect(await (await service.chat(QUESTION)).json()).toMatchObject({ outcome: 'success' });
    expect(service.simulator.inFlight).toBe(1); // its deadline did not come with the jump
    expect(await (await hanging).json()).toMatchObject({ code: 'deadline_exceeded' });
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(1_950); // nor early
    await expectSaneDurations();
  });

  it('does not move an open breaker', async () => {
    for (let failure = 0; failure < TO_OPEN; failure++) {
      service.simulator.enqueue({ kind: 'error', status: 500, type: 'api_error' });
      await (await service.chat(QUESTION)).text();
    }
    expect(await (await service.chat(QUESTION)).json()).toMatchObject({ code: 'circuit_open' });
    jumpWall(jump);
    const answer = await (await service.chat(QUESTION)).json() as { readonly retry_after_seconds: number };
    expect(answer).toMatchObject({ code: 'circuit_open' });
    expect(answer.retry_after_seconds).toBeGreaterThan(0);
    expect(answer.retry_after_seconds).toBeLessThanOrEqual(70);
  });

  it('is followed by the timestamps of the log', async () => {
    jumpWall(jump);
    service.log.clear();
    await service.chat(QUESTION);
    const times = service.log.of('agent.request_completed').map(({ timestamp }) => RealDate.parse(String(timestamp)) - RealDate.now());
    expect(times).toHaveLength(1);
    for (const ahead of times) expect(Math.abs(ahead - jump)).toBeLessThan(60_000);
  });
});
