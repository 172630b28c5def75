import { Violation } from './api-error.js';
import {
  checkCacheControl, isObject, refuseExtras, requireArray, requireBoolean, requireObject, requireOneOf, requireString,
  type Fields,
} from './field-checks.js';

const TOOL_FIELDS = new Set([
  'name', 'description', 'input_schema', 'type', 'cache_control', 'strict', 'allowed_callers', 'defer_loading',
  'eager_input_streaming', 'input_examples',
]);
const CHOICE_FIELDS = new Set(['type', 'name', 'disable_parallel_tool_use']);

/** Checks `tools`. Client tools only: the simulator runs no server tools. @throws Violation naming the path */
export function validateTools(tools: unknown): void {
  requireArray(tools, 'tools');
  const names = new Set<string>();
  tools.forEach((tool: unknown, index) => {
    const path = `tools.${index}`;
    const name = checkTool(tool, path);
    if (names.has(name)) throw new Violation(`${path}.name: Tool names must be unique.`);
    names.add(name);
  });
}

function checkTool(tool: unknown, path: string): string {
  requireObject(tool, path);
  refuseExtras(tool, TOOL_FIELDS, path);
  const { name, description, type } = tool;
  requireString(name, `${path}.name`);
  if (!/^[a-zA-Z0-9_-]{1,128}$/.test(name)) throw new Violation(`${path}.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'`);
  if (description !== undefined) requireString(description, `${path}.description`);
  if (type !== undefined && type !== null) requireOneOf(type, ['custom'], `${path}.type`);
  const schema = tool['input_schema'];
  if (schema === undefined) throw new Violation(`${path}.input_schema: Field required`);
  requireObject(schema, `${path}.input_schema`);
  requireOneOf(schema['type'], ['object'], `${path}.input_schema.type`);
  checkCacheControl(tool['cache_control'], `${path}.cache_control`);
  return name;
}

/** Checks `tool_choice` against the tools of the same request. */
export function validateToolChoice(choice: unknown, body: Fields): void {
  requireObject(choice, 'tool_choice');
  refuseExtras(choice, CHOICE_FIELDS, 'tool_choice');
  const { type, name, disable_parallel_tool_use: serial } = choice;
  requireOneOf(type, ['auto', 'any', 'tool', 'none'], 'tool_choice.type');
  if (serial !== undefined) requireBoolean(serial, 'tool_choice.disable_parallel_tool_use');
  const tools: readonly unknown[] = Array.isArray(body['tools']) ? body['tools'] : [];
  if (type !== 'none' && tools.length === 0) throw new Violation('tool_choice: may only be specified while providing tools');
  if (type !== 'tool') return;
  requireString(name, 'tool_choice.name');
  if (!tools.some((tool) => isObject(tool) && tool['name'] === name)) throw new Violation(`tool_choice.name: Tool '${name}' not found in provided tools`);
}
