export interface SseEvent {
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Reads one `text/event-stream` answer as the HTML standard says, and keeps its raw text: a parser would hide a forged field. */
export class SseReader {
  /** Everything that has come so far. */
  raw = '';
  private readonly chunks: ReadableStreamDefaultReader<string>;

  constructor(response: Response) {
    if (!response.body) throw new Error('The answer has no body.');
    this.chunks = response.body.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** The events that have come so far. */
  get events(): readonly SseEvent[] {
    return parseEvents(this.raw);
  }

  /** The events of one name that have come so far. */
  of(event: string): readonly SseEvent[] {
    return this.events.filter((candidate) => candidate.event === event);
  }

  /** The text that a client would have put together so far. */
  get text(): string {
    return this.of('text.delta').map(({ data }) => String(data.text)).join('');
  }

  /** Reads on until an event of this name has come. @throws Error when the stream ends before that */
  async until(event: string): Promise<SseEvent> {
    for (;;) {
      const [found] = this.of(event);
      if (found) return found;
      if (!(await this.readOn())) throw new Error(`The stream ended without ${event}: ${this.raw}`);
    }
  }

  /** Reads to the end. */
  async all(): Promise<readonly SseEvent[]> {
    while (await this.readOn()) continue;
    return this.events;
  }

  /** Goes away in the middle of the stream. */
  leave(): Promise<void> {
    return this.chunks.cancel();
  }

  private async readOn(): Promise<boolean> {
    const { done, value } = await this.chunks.read();
    this.raw += value ?? '';
    return !done;
  }
}

/** Only events that a blank line has ended; comments are dropped, and several `data` fields of one event are joined. */
function parseEvents(raw: string): SseEvent[] {
  const blocks = raw.replaceAll('\r\n', '\n').replaceAll('\r', '\n').split('\n\n').slice(0, -1);
  return blocks.flatMap((block) => {
    const fields = block.split('\n').filter((line) => !line.startsWith(':')).map(toField);
    const valuesOf = (name: string) => fields.filter((field) => field.name === name).map(({ value }) => value);
    const data = valuesOf('data').join('\n');
    return data === '' ? [] : [{ event: valuesOf('event').at(-1) ?? 'message', data: JSON.parse(data) as SseEvent['data'] }];
  });
}

function toField(line: string): { readonly name: string; readonly value: string } {
  const colon = line.indexOf(':');
  return colon < 0 ? { name: line, value: '' } : { name: line.slice(0, colon), value: line.slice(colon + 1).replace(/^ /, '') };
}

/** Each event of a whole stream as OpenAPI describes it: id, name and parsed data, or the data alone where it has no name. */
export function parseItems(raw: string): readonly unknown[] {
  return raw.split('\n\n').map((block) => block.split('\n').filter((line) => line !== '' && !line.startsWith(':')).map(toField)).filter((fields) => fields.length > 0).map((fields) => {
    const of = (name: string) => fields.find((field) => field.name === name)?.value;
    const text = of('data') ?? '';
    const data: unknown = text === '[DONE]' ? text : JSON.parse(text);
    return of('event') === undefined ? data : { id: Number(of('id')), event: of('event'), data };
  });
}
