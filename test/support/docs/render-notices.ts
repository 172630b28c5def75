import { readFileSync } from 'node:fs';

interface LockedPackage { readonly version?: string; readonly license?: string; readonly dev?: boolean; readonly devOptional?: boolean }

const HEADER = `# Third-party notices

task-agent itself is under the MIT licence (LICENSE). It uses these packages when it runs, each under its own licence, whose
text is in the package. Generated from package-lock.json: \`UPDATE_DOCS=1 npm test -- test/unit/docs\`.

| Package | Version | Licence |
|---|---|---|
`;

/** `THIRD_PARTY_NOTICES.md` as it must be: every package of a production install, from the lockfile. */
export function renderNotices(lockfile = 'package-lock.json'): string {
  const { packages } = JSON.parse(readFileSync(lockfile, 'utf8')) as { packages: Readonly<Record<string, LockedPackage>> };
  const rows = Object.entries(packages)
    .filter(([path, { dev, devOptional }]) => path !== '' && !dev && !devOptional)
    .map(([path, { version, license }]) => `| ${path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)} | ${version} | ${license ?? 'see the package'} |`);
  return `${HEADER}${[...new Set(rows)].sort().join('\n')}\n`;
}
