import { Registry } from 'prom-client';
import type { Meter } from '../../../src/kernel/meter.js';
import type { Attributes } from '../../../src/kernel/observer.js';
import { CompiledMeter } from '../../../src/metrics/compiled-meter.js';
import { MeterBoard } from '../../../src/metrics/meter-board.js';
import { Settings } from '../../../src/settings/settings.js';
import { parseExposition } from '../../support/exposition.js';

let registry: Registry;
let board: MeterBoard;
beforeEach(() => {
  registry = new Registry();
  (registry as unknown as Registry<typeof Registry.OPENMETRICS_CONTENT_TYPE>).setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  board = new MeterBoard(registry, Settings.from({}).metrics);
});

async function recorded(meter: Meter, attributes: Attributes, outcome = 'ok'): Promise<number | undefined> {
  new CompiledMeter(meter).record(board, attributes, outcome);
  const open = await registry.metrics();
  return parseExposition(open.replace(/ # \{.*$/gm, '')).get('agent_timeouts_total{operation="llm"}');
}

const timeouts: Meter = { metric: 'agent_timeouts_total', labels: { operation: '=llm' } };

it('records one when the catalogue names no value', async () => {
  expect(await recorded(timeouts, {})).toBe(1);
});

it('records the attribute that the catalogue names', async () => {
  expect(await recorded({ ...timeouts, value: 'attempts' }, { attempts: 3 })).toBe(3);
});

it.each([undefined, 'three', NaN, Infinity, null as unknown as undefined])('records nothing of %p: the operation did not learn it', async (attempts) => {
  expect(await recorded({ ...timeouts, value: 'attempts' }, { attempts })).toBeUndefined();
});

it('reads a label from an attribute', async () => {
  expect(await recorded({ metric: 'agent_timeouts_total', labels: { operation: 'what' } }, { what: 'llm' })).toBe(1);
});

it.each([
  ['ok', 'ok', {}, 1], ['ok', 'error', {}, undefined], ['ok', 'aborted', {}, undefined],
  ['error', 'error', {}, 1], ['error', 'ok', {}, undefined], ['error', 'aborted', { error_type: 'aborted' }, undefined],
  ['timeout', 'error', { error_type: 'timeout' }, 1], ['timeout', 'error', { error_type: 'api_error' }, undefined], ['timeout', 'ok', {}, undefined],
] as const)('a meter for %s, an end with %s %j: %p', async (when, outcome, attributes, value) => {
  expect(await recorded({ ...timeouts, when }, attributes, outcome)).toBe(value);
});

it('counts running work up and down again', async () => {
  const meter = new CompiledMeter({ metric: 'llm_requests_active', inFlight: true, labels: { model: 'model' } });
  expect(meter.inFlight).toBe(true);
  meter.move(board, { model: 'm' }, 1);
  meter.move(board, { model: 'm' }, 1);
  meter.move(board, { model: 'm' }, -1);
  expect(parseExposition(await registry.metrics()).get('llm_requests_active{model="m"}')).toBe(1);
});

it('refuses at boot a metric that has no instrument', () => {
  expect(() => new CompiledMeter({ metric: 'agent_nothing_total' })).toThrow('The catalogue names the metric agent_nothing_total, which has no instrument');
});

it.each([
  [{ metric: 'agent_timeouts_total' }, 'none'],
  [{ metric: 'agent_timeouts_total', labels: { operation: '=llm', model: 'model' } }, 'operation, model'],
  [{ metric: 'agent_max_iterations_total', labels: { user_id: 'user_id' } }, 'user_id'],
])('refuses at boot labels that are not those of the instrument: %j', (meter, given) => {
  expect(() => new CompiledMeter(meter)).toThrow(`but the catalogue gives ${given}`);
});
