import type { LlmSettings } from '../settings/settings.js';
import type { ModelIdentity } from './chat-model.js';

const ANTHROPIC_API = 'https://api.anthropic.com';

/** The names of the models that the settings mean, the first one first. The simulated one is always called so, whatever MODEL says. */
export function modelNames(settings: LlmSettings, simulated: boolean, defaultModel: string): readonly [string, ...string[]] {
  return [simulated ? 'simulated' : settings.model ?? defaultModel, ...settings.fallbackModels];
}

/** What is known of one of them. */
export function modelIdentity(name: string, settings: LlmSettings, simulatorUrl: string | undefined): ModelIdentity {
  const url = new URL(simulatorUrl ?? settings.baseUrl ?? ANTHROPIC_API);
  return {
    provider: 'anthropic',
    name,
    simulated: simulatorUrl !== undefined,
    maxTokens: settings.maxTokens,
    temperature: settings.temperature,
    serverAddress: url.hostname,
    serverPort: Number(url.port) || (url.protocol === 'http:' ? 80 : 443),
  };
}
