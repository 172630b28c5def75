import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** One Markdown file of the project, taken apart. */
export interface Document {
  /** From the root of the project. */
  readonly path: string;
  readonly text: string;
  /** The contents of `inline code`. */
  readonly spans: readonly string[];
  readonly blocks: readonly { readonly language: string; readonly text: string }[];
  /** Targets of links, without those to other sites. */
  readonly links: readonly string[];
}

const ROOT_DOCUMENTS = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md'];
const FENCE = /^```(\w*)\n([\s\S]*?)^```$/gm;

export function readDocuments(): readonly Document[] {
  const inDocs = readdirSync('docs', { recursive: true }).map(String).filter((name) => name.endsWith('.md')).map((name) => join('docs', name));
  return [...ROOT_DOCUMENTS, ...inDocs.toSorted()].map((path) => takeApart(path, readFileSync(path, 'utf8')));
}

export function takeApart(path: string, text: string): Document {
  const prose = text.replace(FENCE, '');
  return {
    path, text,
    blocks: [...text.matchAll(FENCE)].map(([, language = '', block = '']) => ({ language, text: block })),
    spans: [...prose.matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span),
    links: [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target).filter((target) => !/^https?:/.test(target)),
  };
}

/** All code of a document, inline and in blocks. */
export function codeOf({ spans, blocks }: Document): string {
  return [...spans, ...blocks.map(({ text }) => text)].join('\n');
}

/** What is wrong with the links of a document: a file that is missing, a heading that is. */
export function brokenLinks({ path, links, text }: Document): string[] {
  return links.filter((link) => {
    const [file = '', anchor] = link.split('#');
    const target = file === '' ? path : join(dirname(path), file);
    if (!existsSync(target)) return true;
    return anchor !== undefined && !anchorsIn(target === path ? text : readFileSync(target, 'utf8')).has(anchor);
  });
}

/** Files and folders that a document names in code and that do not exist. `*` and `<name>` stand for anything. */
export function missingPaths(document: Document): string[] {
  const named = codeOf(document).match(/(?<![\w/.:-])(?:src|test|config|docs|bin)\/[\w./*<>-]*/g) ?? [];
  return [...new Set(named.map((path) => path.replace(/[.]$/, '')))].filter((path) => !exists(path));
}

function exists(path: string): boolean {
  if (!/[*<]/.test(path)) return existsSync(path) && (!path.endsWith('/') || statSync(path).isDirectory());
  const pattern = new RegExp(`^${path.replace(/<\w+>/g, '*').replace(/[.]/g, '\\.').replaceAll('*', '[^/]+')}$`);
  const folder = path.slice(0, path.search(/[*<]/)).replace(/[^/]*$/, '');
  return existsSync(folder) && readdirSync(folder, { recursive: true }).some((name) => pattern.test(join(folder, String(name))));
}

function anchorsIn(text: string): ReadonlySet<string> {
  const headings = text.replace(FENCE, '').match(/^#+ .*$/gm) ?? [];
  return new Set(headings.map((heading) => heading.replace(/^#+ /, '').toLowerCase().replace(/[^\w\- ]/g, '').replaceAll(' ', '-')));
}

/** The tables whose first column is headed `head`: their rows as cells, without code marks. */
export function tablesOf({ text }: Document, head: string): readonly (readonly (readonly string[])[])[] {
  return (text.match(/(?:^\|.*\|\n)+/gm) ?? [])
    .map((table) => table.trimEnd().split('\n').map(cellsOf))
    .filter(([first]) => first?.[0] === head)
    .map((rows) => rows.slice(2));
}

function cellsOf(line: string): readonly string[] {
  return line.slice(1, -1).split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll('`', ''));
}
