/** What the agent is called where a model would be named: in spans and log lines, and as a model of the OpenAI-compatible API. */
export const AGENT_NAME = 'task-automation-agent';
