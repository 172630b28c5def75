import { groupings, selectors, substitute, syntaxErrors } from '../../support/promql.js';

describe('substitute', () => {
  it('puts values in the place of every form of a variable', () => {
    expect(substitute('a{job="$job",x=~"${x:regex}"}[$__rate_interval] offset $__range', { job: 'agent', x: '.*' })).toBe('a{job="agent",x=~".*"}[1m] offset 1h');
  });

  it('names a variable that has no value', () => {
    expect(() => substitute('a{job="$jbo"}', { job: 'agent' })).toThrow('$jbo has no value');
  });

  it('leaves an anchor of a regular expression alone', () => {
    expect(substitute('a{x=~"^5$"}')).toBe('a{x=~"^5$"}');
  });
});

describe('syntaxErrors', () => {
  it.each(['up', 'sum by (le) (rate(a_bucket{le=~"5(\\\\.0)?"}[5m]))', 'a / on (job) group_left () (b > 0)', 'job:a:ratio1h{slo="latency"} unless a offset 1m'])('takes %s', (expr) => {
    expect(syntaxErrors(expr)).toEqual([]);
  });

  it.each(['', 'sum(rate(a[5m])', 'rate(a[$__rate_interval])', 'sum by le (a)', 'a{job=agent}', 'a b'])('refuses %j', (expr) => {
    expect(syntaxErrors(expr)).not.toEqual([]);
  });
});

describe('selectors', () => {
  it('are the metrics that a query reads, with what it matches', () => {
    expect(selectors('sum(rate(a_total{job="x",le=~"5(\\\\.0)?"}[5m])) / (job:b:ratio > 0)')).toEqual([
      { metric: 'a_total', labels: ['job', 'le'], matchers: [{ label: 'job', operator: '=', value: 'x' }, { label: 'le', operator: '=~', value: '5(\\.0)?' }] },
      { metric: 'job:b:ratio', labels: [], matchers: [] },
    ]);
  });

  it('have no metric when the query names none', () => {
    expect(selectors('count({__name__=~"a.*"})').map(({ metric, labels }) => [metric, labels])).toEqual([['', ['__name__']]]);
  });
});

describe('groupings', () => {
  it('are the labels that the metrics inside must have', () => {
    expect(groupings('sum by (le) (rate(a[5m])) / on (job, slo) group_left (x) b')).toEqual([
      { labels: ['le'], metrics: ['a'] }, { labels: ['job', 'slo'], metrics: ['a', 'b'] }, { labels: ['x'], metrics: ['a', 'b'] },
    ]);
  });

  it('leave out what is dropped', () => {
    expect(groupings('sum without (instance) (a)')).toEqual([]);
  });
});
