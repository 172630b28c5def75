import { BACKGROUND_JOBS } from '../../src/kernel/facts.js';
import { BACKGROUND_PROMPTS } from '../unit/http/openai/background-prompts.js';
import type { Drive } from './metric-drives.js';

/** Everything that a chat program asks for by itself moves its own kind, and no request to the agent. */
export const OPENAI_DRIVES: Readonly<Record<string, Drive>> = {
  'chat programs that ask for themselves': {
    act: async (service) => {
      for (const { messages } of BACKGROUND_PROMPTS) {
        const body = JSON.stringify({ messages: messages.map(({ role, text }) => ({ role, content: text })) });
        await fetch(`${service.url}/v1/chat/completions`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
      }
    },
    moves: BACKGROUND_JOBS.map((kind) => ['openai_background_jobs_total', { kind }, BACKGROUND_PROMPTS.filter((prompt) => prompt.kind === kind).length]),
  },
};
