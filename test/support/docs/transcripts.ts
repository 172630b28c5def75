import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import type { Document } from './documents.js';

/** The block of a document that holds `text`. @throws Error when there is none. */
export function blockWith({ path, blocks }: Document, text: string): string {
  const found = blocks.find((block) => block.text.includes(text));
  if (!found) throw new Error(`${path} has no block with ${text}`);
  return found.text;
}

/** Text with everything that differs from run to run replaced: ids, numbers, and the mark of simulated money. */
export function shapeOf(text: string): string {
  return text
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<id>')
    .replace(/(\$[\d.]+) simulated/g, '$1')
    .replace(/-?\d+(?:\.\d+)?/g, '#');
}

/** The conversation of a block: what was asked, and the lines that answered it. */
export function dialogueIn(block: string): readonly { readonly question: string; readonly answer: string }[] {
  return block.split(/^You: /m).slice(1).map((part) => {
    const [question = '', ...answer] = part.split('\n');
    return { question, answer: answer.join('\n') };
  });
}

/** Objects of JSON that stand apart by a blank line and may break their lines between fields. */
export function jsonObjectsIn(block: string): readonly Readonly<Record<string, unknown>>[] {
  return block.trim().split(/\n\n+/).map((chunk) => JSON.parse(chunk.replace(/\n\s*/g, '')) as Record<string, unknown>);
}

/** Server-sent events as their name and the names of their fields. */
export function eventShapes(stream: string): readonly string[] {
  return stream.trim().split('\n\n').map((event) => {
    const [, name = '', data = ''] = /^(?:id: \d+\n)?event: (.*)\ndata: (.*)$/.exec(event) ?? [];
    return `${name} ${keysOf(JSON.parse(data)).join()}`;
  });
}

/** A sample of Prometheus as its name and its labels, without the value of `model`. */
export function seriesOf(line: string): string {
  const [, name = '', labels = ''] = /^(\w+)(?:\{([^}]*)\})?/.exec(line) ?? [];
  return `${name} ${labels.split(',').map((label) => label.replace(/^model=.*/, 'model')).toSorted().join()}`;
}

/** All names in a value, with their paths: `checks.disk.detail`. */
export function keysOf(value: unknown, path = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((entry) => keysOf(entry, `${path}[]`));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, entry]) => {
    const at = path === '' ? name : `${path}.${name}`;
    return [at, ...keysOf(entry, at)];
  });
}

export interface TreeLine {
  readonly depth: number;
  readonly name: string;
  readonly attributes: readonly string[];
}

/** The spans of a drawn tree, from the line after its title. */
export function drawnTree(block: string): readonly TreeLine[] {
  return block.trimEnd().split('\n').slice(1).map((line) => {
    const [, indent = '', name = '', rest = ''] = /^([│├└─ ]*)(.+?) +[\d.]+ ms *(.*)$/.exec(line) ?? [];
    return { depth: indent.length / 3, name, attributes: rest.split(' ').filter(Boolean).map((pair) => pair.split('=')[0] ?? '') };
  });
}

/** The recorded spans in the same form, in the order in which they began. */
export function recordedTree(spans: readonly ReadableSpan[], parent?: ReadableSpan, depth = 0): readonly TreeLine[] {
  return spans.filter((span) => span.parentSpanContext?.spanId === parent?.spanContext().spanId)
    .toSorted((a, b) => a.startTime[0] - b.startTime[0] || a.startTime[1] - b.startTime[1])
    .flatMap((span) => [{ depth, name: span.name, attributes: Object.keys(span.attributes) }, ...recordedTree(spans, span, depth + 1)]);
}
