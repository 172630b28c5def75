import { keysOf, shapeOf } from './transcripts.js';

/** One command of a document with what it printed. */
export interface Shown {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly output: Output;
}

/** What `curl` prints: with `-i` the status and headers first. A document shows the headers that matter. */
export interface Output {
  readonly status?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The `$ curl` commands of a document's `console` blocks, in order. */
export function consoleIn(blocks: readonly { readonly language: string; readonly text: string }[]): readonly Shown[] {
  return blocks.filter(({ language }) => language === 'console').flatMap(({ text }) => text.split(/^\$ /m).slice(1)).map((part) => {
    const [command = '', ...output] = part.split('\n');
    return { ...commandOf(command), output: outputOf(output.join('\n').trim()) };
  });
}

function commandOf(command: string): Omit<Shown, 'output'> {
  const words = [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
  const behind = (flag: string) => words.flatMap((word, index) => (words[index - 1] === flag ? [word] : []));
  const [body] = behind('-d');
  const url = words.find((word) => word.startsWith('localhost:8080/'));
  if (words[0] !== 'curl' || url === undefined) throw new Error(`This is no request to the service: ${command}`);
  return {
    method: behind('-X')[0] ?? (body === undefined ? 'GET' : 'POST'), path: url.slice('localhost:8080'.length), body,
    headers: Object.fromEntries(behind('-H').map((header) => [header.slice(0, header.indexOf(':')), header.slice(header.indexOf(':') + 2)])),
  };
}

function outputOf(text: string): Output {
  if (!text.startsWith('HTTP/1.1 ')) return { headers: {}, body: text };
  const [head = '', ...body] = text.split('\n\n');
  const [first = '', ...lines] = head.split('\n');
  return {
    status: first.slice('HTTP/1.1 '.length), body: body.join('\n\n'),
    headers: Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)])),
  };
}

/** An output with everything that differs from run to run replaced. Of pieces of text that follow each other, one stands for all. */
export function shapeOfOutput({ status, headers, body }: Output): unknown {
  const known = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, shapeOf(value)]));
  const isStream = /^(?:id|event|data): /.test(body);
  return { status, headers: known, body: isStream ? eventsOf(body) : body === '' ? '' : shapeOf(JSON.stringify(JSON.parse(body))).replace(/toolu_\w+(?:#\w*)*/g, 'toolu') };
}

function eventsOf(stream: string): readonly string[] {
  const events = stream.trim().split('\n\n').map((block) => {
    const [, id = '', event = '', data = ''] = /^(?:(id): \d+\n)?event: (.*)\ndata: (.*)$/.exec(block) ?? [];
    return `${id} ${event} ${keysOf(JSON.parse(data)).join()}`;
  });
  return events.filter((event, index) => !(event.includes(' text.delta ') && event === events[index - 1]));
}
