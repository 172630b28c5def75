import { InvalidEnvironment, parseEnvironment } from '../../../src/settings/environment.schema.js';
import { allBadAtOnce, BAD_ENVIRONMENT, CANARY } from '../../support/bad-environment.js';

function problemsOf(variables: Readonly<Record<string, string>>): readonly string[] {
  try {
    parseEnvironment(variables);
  } catch (error) {
    if (error instanceof InvalidEnvironment) return error.problems;
    throw error;
  }
  return [];
}

const names = Object.keys(BAD_ENVIRONMENT);
const namesIn = (problems: readonly string[]) => problems.map((problem) => problem.split(':')[0]);

describe.each(Object.entries(BAD_ENVIRONMENT))('%s', (name, values) => {
  it.each(values.map((value) => [value.length > 60 ? `${value.slice(0, 20)}… (${value.length} characters)` : value, value]))('refuses %j, and names only itself', (_shown, value) => {
    const problems = problemsOf({ [name]: value });
    expect(new Set(namesIn(problems))).toEqual(new Set([name]));
    // What may be there is shown, e.g. "at most 100": a value must be told from that.
    if (value.length > 4) expect(problems.join('\n')).not.toContain(value);
  });

  it.each(['', ' ', '\t\n'])('takes %j as unset', (value) => {
    expect(parseEnvironment({ [name]: value })).toEqual(parseEnvironment({}));
  });
});

it('all of them at once are all named, once each, and not one value is shown', () => {
  const problems = problemsOf(allBadAtOnce());
  expect(namesIn(problems).toSorted()).toEqual(names.toSorted());
  expect(problems.join('\n')).not.toContain(CANARY);
});

it.each([['searxng', 'SEARXNG_URL'], ['brave', 'BRAVE_API_KEY'], ['tavily', 'TAVILY_API_KEY']])('what the search provider %s needs is missed also when something else is bad', (provider, needed) => {
  expect(namesIn(problemsOf({ SEARCH_PROVIDER: provider, PORT: 'abc' })).toSorted()).toEqual(['PORT', needed].toSorted());
});

it('a key that is bad is not called missing as well', () => {
  expect(namesIn(problemsOf({ SEARCH_PROVIDER: 'brave', BRAVE_API_KEY: 'two words' }))).toEqual(['BRAVE_API_KEY']);
});
