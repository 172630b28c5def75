import { readFileSync } from 'node:fs';
import ts from 'typescript';

/** Attribute names of one entry of the catalogue, in the order in which they are declared. */
export interface AttributeNames {
  /** Known when an operation begins; all that a fact has. */
  readonly begin: readonly string[];
  /** Learned while an operation runs. */
  readonly end: readonly string[];
}

/** The attributes of every operation and fact. They exist only as types, so they are read from the source. */
export function readCatalogueAttributes(): Readonly<Record<string, AttributeNames>> {
  const operations = membersOf('src/kernel/operations.ts', 'Operations')
    .map(([name, type]): [string, AttributeNames] => [name, { begin: namesIn(memberOf(type, 'begin')), end: namesIn(memberOf(type, 'end')) }]);
  const facts = membersOf('src/kernel/facts.ts', 'Facts')
    .map(([name, type]): [string, AttributeNames] => [name, { begin: namesIn(type), end: [] }]);
  return Object.fromEntries([...operations, ...facts]);
}

/** @throws Error when the file has no such interface: the documents would be generated from nothing. */
function membersOf(path: string, interfaceName: string): [string, ts.TypeNode][] {
  const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
  const found = source.statements.find((statement) => ts.isInterfaceDeclaration(statement) && statement.name.text === interfaceName);
  if (!found) throw new Error(`${path} has no interface ${interfaceName}`);
  return typedMembers((found as ts.InterfaceDeclaration).members);
}

function memberOf(type: ts.TypeNode, name: string): ts.TypeNode | undefined {
  return ts.isTypeLiteralNode(type) ? typedMembers(type.members).find(([member]) => member === name)?.[1] : undefined;
}

function namesIn(type: ts.TypeNode | undefined): string[] {
  return type && ts.isTypeLiteralNode(type) ? typedMembers(type.members).map(([name]) => name) : [];
}

function typedMembers(members: ts.NodeArray<ts.TypeElement>): [string, ts.TypeNode][] {
  return members.flatMap((member) => {
    if (!ts.isPropertySignature(member) || !member.type) return [];
    return [[ts.isStringLiteral(member.name) ? member.name.text : member.name.getText(), member.type]];
  });
}
