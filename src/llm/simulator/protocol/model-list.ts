const UNSUPPORTED = { supported: false };

/** The answer to `GET /v1/models`: the one model there is. */
export const MODEL_LIST = {
  data: [{
    type: 'model',
    id: 'simulated',
    display_name: 'Simulated model',
    created_at: '2026-01-01T00:00:00Z',
    deprecated_at: null,
    retires_at: null,
    lifecycle: 'active',
    line: null,
    max_input_tokens: 200_000,
    max_tokens: 64_000,
    capabilities: {
      batch: UNSUPPORTED,
      citations: UNSUPPORTED,
      code_execution: UNSUPPORTED,
      context_management: {
        clear_thinking_20251015: null, clear_tool_uses_20250919: null, compact_20260112: null, supported: false,
      },
      effort: { high: UNSUPPORTED, low: UNSUPPORTED, max: UNSUPPORTED, medium: UNSUPPORTED, supported: false, xhigh: null },
      image_input: UNSUPPORTED,
      pdf_input: UNSUPPORTED,
      server_tools: { code_execution: UNSUPPORTED, supported: false, web_search: UNSUPPORTED },
      structured_outputs: UNSUPPORTED,
      thinking: {
        supported: false,
        types: { adaptive: UNSUPPORTED, between_tools: UNSUPPORTED, disabled: UNSUPPORTED, enabled: UNSUPPORTED },
      },
    },
  }],
  first_id: 'simulated',
  last_id: 'simulated',
  has_more: false,
};
