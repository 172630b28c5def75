import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { APPLICATION_ROOT } from '../built-application.js';

/** What the tests read of a service of docker-compose.yml. */
export interface ComposeService {
  readonly image?: string;
  readonly build?: string;
  readonly command?: readonly string[];
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly environment?: Readonly<Record<string, string | null>>;
  readonly healthcheck?: { readonly test: readonly string[]; readonly start_interval?: string };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly networks?: readonly string[];
  readonly stop_grace_period?: string;
  readonly mem_limit?: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly logging?: { readonly options: Readonly<Record<string, string>> };
  readonly env_file?: readonly { readonly path: string; readonly required: boolean }[];
}

/** What the tests read of docker-compose.yml. */
export interface ComposeFile {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean }>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

/** A file of the checkout as text. */
export function projectFile(path: string): string {
  return readFileSync(join(APPLICATION_ROOT, path), 'utf8');
}

/** docker-compose.yml with its anchors resolved; variables stay as they are written. */
export function composeFile(): ComposeFile {
  return parse(projectFile('docker-compose.yml'), { merge: true }) as ComposeFile;
}

/** A YAML file of config/ as plain data. */
export function configFile<T>(path: string): T {
  return parse(projectFile(`config/${path}`)) as T;
}

/** `45s`, `500ms`, `2m` in seconds. @throws Error for anything else */
export function secondsOf(duration: string): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(duration) ?? [];
  if (amount === undefined) throw new Error(`${duration} is no duration`);
  return Number(amount) * ({ ms: 0.001, s: 1, m: 60, h: 3_600 }[unit as 'ms' | 's' | 'm' | 'h']);
}
