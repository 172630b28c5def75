import { Violation } from './api-error.js';
import {
  checkCacheControl, refuseExtras, requireArray, requireBoolean, requireObject, requireOneOf, requireString, requireText,
  type Fields,
} from './field-checks.js';

/** The shape of tool names' and ids' characters, as the API's own messages quote it. */
const IDENTIFIER = /^[a-zA-Z0-9_-]+$/;

interface BlockRule {
  readonly roles: readonly string[];
  readonly fields: ReadonlySet<string>;
  readonly check: (block: Fields, path: string) => void;
}

const RULES: Readonly<Record<string, BlockRule>> = {
  text: { roles: ['user', 'assistant'], fields: fields('text citations'), check: (block, path) => requireText(block['text'], `${path}.text`) },
  tool_use: { roles: ['assistant'], fields: fields('id name input caller toolset_name'), check: checkToolUse },
  tool_result: { roles: ['user'], fields: fields('tool_use_id content is_error toolset_name'), check: checkToolResult },
  thinking: { roles: ['assistant'], fields: fields('thinking signature', []), check: checkThinking },
  redacted_thinking: {
    roles: ['assistant'], fields: fields('data', []), check: (block, path) => requireString(block['data'], `${path}.data`),
  },
  // What this simulator itself sent, a client may send back.
  unheard_of: { roles: ['assistant'], fields: fields('note', []), check: (block, path) => requireString(block['note'], `${path}.note`) },
  image: { roles: ['user'], fields: fields('source'), check: (block, path) => requireObject(block['source'], `${path}.source`) },
  document: {
    roles: ['user'], fields: fields('source citations context title'),
    check: (block, path) => requireObject(block['source'], `${path}.source`),
  },
};

const INSIDE_TOOL_RESULT = ['text', 'image', 'document'];

/** Checks one content block of a message. @throws Violation naming the path */
export function validateBlock(block: unknown, role: string, path: string): asserts block is Fields {
  requireObject(block, path);
  const type = block['type'];
  const rule = typeof type === 'string' && Object.hasOwn(RULES, type) ? RULES[type] : undefined;
  if (!rule) throw new Violation(`${path}.type: Input tag '${String(type)}' does not match any of the expected tags: ${Object.keys(RULES).join(', ')}`);
  if (!rule.roles.includes(role)) throw new Violation(`${path}: \`${String(type)}\` blocks can not be in \`${role}\` messages`);
  refuseExtras(block, rule.fields, path);
  checkCacheControl(block['cache_control'], `${path}.cache_control`);
  rule.check(block, path);
}

/** Checks that text blocks alone make up a list, as in `system`. */
export function validateTextBlocks(blocks: readonly unknown[], path: string): void {
  blocks.forEach((block, index) => {
    requireObject(block, `${path}.${index}`);
    requireOneOf(block['type'], ['text'], `${path}.${index}.type`);
    validateBlock(block, 'user', `${path}.${index}`);
  });
}

function checkToolUse(block: Fields, path: string): void {
  checkIdentifier(block['id'], `${path}.id`);
  requireString(block['name'], `${path}.name`);
  if (!/^[a-zA-Z0-9_-]{1,200}$/.test(block['name'])) throw new Violation(`${path}.name: String should match pattern '^[a-zA-Z0-9_-]{1,200}$'`);
  requireObject(block['input'], `${path}.input`);
}

function checkToolResult(block: Fields, path: string): void {
  checkIdentifier(block['tool_use_id'], `${path}.tool_use_id`);
  const { content, is_error: isError } = block;
  if (isError !== undefined) requireBoolean(isError, `${path}.is_error`);
  const empty = content === undefined || content === '' || (Array.isArray(content) && content.length === 0);
  if (empty && isError === true) throw new Violation(`${path}.content: content cannot be empty if \`is_error\` is true`);
  if (content === undefined || typeof content === 'string') return;
  requireArray(content, `${path}.content`);
  content.forEach((item, index) => {
    const itemPath = `${path}.content.${index}`;
    requireObject(item, itemPath);
    requireOneOf(item['type'], INSIDE_TOOL_RESULT, `${itemPath}.type`);
    validateBlock(item, 'user', itemPath);
  });
}

function checkThinking(block: Fields, path: string): void {
  requireString(block['thinking'], `${path}.thinking`);
  requireString(block['signature'], `${path}.signature`);
}

function checkIdentifier(value: unknown, path: string): void {
  requireString(value, path);
  if (!IDENTIFIER.test(value)) throw new Violation(`${path}: String should match pattern '^[a-zA-Z0-9_-]+$'`);
}

function fields(names: string, extra: readonly string[] = ['cache_control']): ReadonlySet<string> {
  return new Set(['type', ...names.split(' '), ...extra]);
}
