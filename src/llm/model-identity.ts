import type { LlmSettings } from '../settings/settings.js';
import type { ModelIdentity } from './chat-model.js';

const ANTHROPIC_API = 'https://api.anthropic.com';

/** Which model the settings mean. The simulated one is always called so, whatever MODEL says. */
export function modelIdentity(settings: LlmSettings, simulatorUrl: string | undefined, defaultModel: string): ModelIdentity {
  const url = new URL(simulatorUrl ?? settings.baseUrl ?? ANTHROPIC_API);
  return {
    provider: 'anthropic',
    name: simulatorUrl === undefined ? settings.model ?? defaultModel : 'simulated',
    simulated: simulatorUrl !== undefined,
    maxTokens: settings.maxTokens,
    temperature: settings.temperature,
    serverAddress: url.hostname,
    serverPort: Number(url.port) || (url.protocol === 'http:' ? 80 : 443),
  };
}
