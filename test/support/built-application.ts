import { fileURLToPath } from 'node:url';

/** The checkout: the folder of package.json. `test/support/global-setup.mjs` sees to it that its dist/ is what the sources say. */
export const APPLICATION_ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** What a person starts. */
export const EXECUTABLE = `${APPLICATION_ROOT}bin/task-agent.mjs`;
