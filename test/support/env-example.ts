import { ENVIRONMENT } from '../../src/settings/environment.schema.js';

const HEADER = `# Every variable that task-agent reads, with its default. Copy to .env and change what you need; all are optional.
# Variables of the process win over .env. The standard OTEL_* variables are honoured, too.
`;

/** `.env.example` as it must be, from the schema. */
export function renderEnvExample(): string {
  const entries = Object.entries(ENVIRONMENT.shape).map(([name, schema]) => {
    const parsed = schema.safeParse(undefined);
    const value = parsed.success && parsed.data !== undefined ? String(parsed.data) : '';
    return `# ${schema.description}\n${value === '' ? `# ${name}=` : `${name}=${value}`}\n`;
  });
  return [HEADER, ...entries].join('\n');
}
