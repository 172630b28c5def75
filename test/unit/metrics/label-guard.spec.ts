import { LabelGuard } from '../../../src/metrics/label-guard.js';
import { Settings } from '../../../src/settings/settings.js';

type Overflow = readonly [metric: string, label: string];

function guardWith(userLabel: 'off' | 'bounded' | 'hashed' = 'bounded'): { readonly guard: LabelGuard; readonly overflows: Overflow[] } {
  const overflows: Overflow[] = [];
  return { guard: new LabelGuard(Settings.from({ METRICS_USER_LABEL: userLabel }).metrics, (metric, label) => overflows.push([metric, label])), overflows };
}

const USERS = { atMost: 50 };
const names = (count: number, prefix = 'user-') => Array.from({ length: count }, (_, index) => `${prefix}${index}`);

describe('a label with a closed list', () => {
  it('takes what is on it', () => {
    const { guard, overflows } = guardWith();
    expect(guard.admit('m', 'status', ['success', 'error'], 'error')).toBe('error');
    expect(overflows).toEqual([]);
  });

  it.each([
    [['a', 'other'], 'other'],
    [['a', '_OTHER'], '_OTHER'],
    [['validation', 'execution'], 'execution'],
  ])('%j folds anything else into %s, and counts that', (list, fallback) => {
    const { guard, overflows } = guardWith();
    expect(guard.admit('m', 'reason', list, 'surprise')).toBe(fallback);
    expect(overflows).toEqual([['m', 'reason']]);
  });
});

describe('a label that may grow', () => {
  it('grows to its bound; what comes later is "other", and counted each time', () => {
    const { guard, overflows } = guardWith();
    const admitted = names(30, 'model-').map((name) => guard.admit('m', 'model', { atMost: 20 }, name));
    expect(admitted.slice(0, 20)).toEqual(names(20, 'model-'));
    expect(new Set(admitted.slice(20))).toEqual(new Set(['other']));
    expect(overflows).toHaveLength(10);
  });

  it('goes on taking the values that it knows when it is full', () => {
    const { guard, overflows } = guardWith();
    for (const name of names(3, 'model-')) guard.admit('m', 'model', { atMost: 2 }, name);
    expect(guard.admit('m', 'model', { atMost: 2 }, 'model-1')).toBe('model-1');
    expect(overflows).toHaveLength(1);
  });

  it('has its own room for each metric', () => {
    const { guard } = guardWith();
    expect(guard.admit('a', 'model', { atMost: 1 }, 'x')).toBe('x');
    expect(guard.admit('b', 'model', { atMost: 1 }, 'y')).toBe('y');
  });

  it.each([
    ['a newline', 'a\nfake_metric 1'], ['a quote', 'a"} 1'], ['a backslash', 'a\\'], ['more than 128 characters', 'a'.repeat(129)],
    ['nothing', ''], ['a bidi override', 'a\u202eb'], ['an escape', '\u001b[31m'], ['half a character', '\ud800'], ['a prompt', 'What is 15 multiplied by 23?'],
  ])('shows %s as "invalid"', (_what, value) => {
    expect(guardWith().guard.admit('m', 'model', { atMost: 20 }, value)).toBe('invalid');
  });

  it.each([[undefined, 'unknown'], [null, 'unknown'], [{}, 'unknown'], [200, '200']])('shows %p as %p', (value, shown) => {
    expect(guardWith().guard.admit('m', 'status_code', { atMost: 40 }, value)).toBe(shown);
  });
});

describe('the label user_id', () => {
  it('shows the first fifty people and calls the rest "other"', () => {
    const { guard, overflows } = guardWith();
    const admitted = names(10_000).map((name) => guard.admit('agent_requests_total', 'user_id', USERS, name));
    expect(new Set(admitted)).toEqual(new Set([...names(50), 'other']));
    expect(overflows).toHaveLength(9_950);
  });

  it('means the same fifty people in every metric', () => {
    const { guard } = guardWith();
    for (const name of names(50)) guard.admit('agent_requests_total', 'user_id', USERS, name);
    expect(guard.admit('agent_errors_total', 'user_id', USERS, 'somebody-else')).toBe('other');
    expect(guard.admit('agent_errors_total', 'user_id', USERS, 'user-7')).toBe('user-7');
  });

  it('is "unknown" for everybody when it is off', () => {
    const { guard, overflows } = guardWith('off');
    expect(names(1_000).map((name) => guard.admit('m', 'user_id', USERS, name)).every((shown) => shown === 'unknown')).toBe(true);
    expect(overflows).toEqual([]);
  });

  it('shows no id when it is hashed, but always the same word for the same person', () => {
    const { guard } = guardWith('hashed');
    const shown = guard.admit('m', 'user_id', USERS, 'alice@example.com');
    expect(shown).toMatch(/^[0-9a-f]{12}$/);
    expect(guard.admit('n', 'user_id', USERS, 'alice@example.com')).toBe(shown);
    expect(guard.admit('m', 'user_id', USERS, 'bob@example.com')).not.toBe(shown);
  });

  it('is bounded when it is hashed, too', () => {
    const { guard, overflows } = guardWith('hashed');
    expect(new Set(names(1_000).map((name) => guard.admit('m', 'user_id', USERS, name))).size).toBe(51);
    expect(overflows).toHaveLength(950);
  });

  it.each(['bounded', 'hashed'] as const)('leaves somebody without a name "unknown" (%s)', (mode) => {
    expect(guardWith(mode).guard.admit('m', 'user_id', USERS, undefined)).toBe('unknown');
  });

  it.each(['a b', 'a\nb', 'a"b', 'ü', 'x'.repeat(65), '<script>', 'a{b}'])('does not show %j', (id) => {
    expect(guardWith().guard.admit('m', 'user_id', USERS, id)).toBe('invalid');
  });
});
