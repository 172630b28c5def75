import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { allBadAtOnce, CANARY } from '../support/bad-environment.js';
import { Child, jsonLines, plainLines } from '../support/child.js';

const QUESTION = 'What is 15 multiplied by 23?';
const ANSWER = '15 multiplied by 23 equals 345.';

afterAll(() => Child.killAll());

it('refuses a bad environment with 78, names every bad variable, and shows no value', async () => {
  const environment = { PORT: 'eighty-eighty', MAX_TOKENS: '-17', ANTHROPIC_API_KEY: 'a key with spaces', LOG_LEVEL: 'LOUD', SEARCH_PROVIDER: 'brave', OTLP_ENDPOINT: 'collector' };
  const { code, stdout, stderr } = await Child.run(['serve'], { environment });
  expect({ code, stdout }).toEqual({ code: 78, stdout: '' });
  for (const name of ['PORT', 'MAX_TOKENS', 'ANTHROPIC_API_KEY', 'LOG_LEVEL', 'OTLP_ENDPOINT']) expect(stderr).toMatch(new RegExp(`^ {2}${name}: `, 'm'));
  for (const value of ['eighty-eighty', '-17', 'a key with spaces', 'LOUD', 'collector']) expect(stderr).not.toMatch(new RegExp(`\\b${value}\\b(?! for traces)`));
});

it.each(['serve', 'ask', 'chat'])('%s refuses an environment in which everything is bad with 78, names all of it at once, and shows no value', async (command) => {
  const environment = { ...allBadAtOnce(), OTEL_EXPORTER_OTLP_ENDPOINT: CANARY, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${CANARY}:1` };
  const { code, stdout, stderr } = await Child.run([command, QUESTION], { environment });
  expect({ code, stdout }).toEqual({ code: 78, stdout: '' });
  const [head, ...problems] = plainLines(stderr);
  expect(head).toBe('The environment is not valid:');
  expect(problems.map((problem) => /^ {2}(\w+): /.exec(problem)?.[1]).toSorted()).toEqual(Object.keys(environment).toSorted());
  expect(stderr).not.toContain(CANARY);
});

describe('in a folder with a .env', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'task-agent-env-'));
    writeFileSync(join(folder, '.env'), 'ENVIRONMENT=from-the-file\nLOG_LEVEL=DEBUG\n');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('reads it', async () => {
    const { stderr } = await Child.run(['ask', QUESTION], { cwd: folder });
    expect(new Set(jsonLines(stderr).map(({ environment }) => environment))).toEqual(new Set(['from-the-file']));
    expect(jsonLines(stderr).some(({ level }) => level === 'debug')).toBe(true);
  });

  it('lets real variables win', async () => {
    const { stderr } = await Child.run(['ask', QUESTION], { cwd: folder, environment: { ENVIRONMENT: 'from-the-process', LOG_LEVEL: 'info' } });
    expect(new Set(jsonLines(stderr).map(({ environment }) => environment))).toEqual(new Set(['from-the-process']));
    expect(jsonLines(stderr).some(({ level }) => level === 'debug')).toBe(false);
  });
});

/** The Node that comes with the system; null when it is new enough, or there is none. */
const oldNode = ['/usr/bin/node', '/usr/local/bin/node'].find((path) => {
  const { stdout } = spawnSync(path, ['--version'], { encoding: 'utf8' });
  return stdout && Number(/^v(\d+)/.exec(stdout)?.[1]) < 24;
});
(oldNode === undefined ? it.skip : it)('runs on the Node that came with it when the system has only an old one', async () => {
  const { code, stdout } = await Child.run(['ask', QUESTION], { node: oldNode ?? '' });
  expect({ code, stdout }).toEqual({ code: 0, stdout: `${ANSWER}\n` });
  expect((await Child.run(['frobnicate'], { node: oldNode ?? '' })).code).toBe(1);
  const service = Child.start(['serve'], { node: oldNode ?? '' });
  await service.url();
  service.signal('SIGTERM');
  expect((await service.end()).code).toBe(0);
});
