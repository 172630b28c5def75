import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { InvalidEnvironment } from './environment.schema.js';
import { Settings } from './settings.js';
import { otlpProblems } from './standard-otlp.js';

/**
 * Reads `.env` of the working directory (real variables win) and the environment of this process.
 * @throws InvalidEnvironment
 */
export function readSettings(): Settings {
  if (existsSync('.env')) process.loadEnvFile('.env');
  const problems = otlpProblems();
  try {
    const settings = Settings.from(process.env, packageVersion());
    if (problems.length === 0) return settings;
  } catch (error) {
    if (!(error instanceof InvalidEnvironment)) throw error;
    problems.unshift(...error.problems);
  }
  throw new InvalidEnvironment(problems);
}

/** The folder that holds package.json and config/, wherever the process was started. */
export const APPLICATION_ROOT = fileURLToPath(new URL('../../', import.meta.url));

function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(`${APPLICATION_ROOT}package.json`, 'utf8')) as { version: string };
  return version;
}
