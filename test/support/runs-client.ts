import { setTimeout as wait } from 'node:timers/promises';

/** An event with its id, as it came over the wire. */
export interface WireEvent {
  readonly id: number;
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A client of `/v1/runs` that keeps what it saw. */
export class RunsClient {
  constructor(private readonly url: string) {}

  create(body: object, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    return fetch(`${this.url}/v1/runs`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) });
  }

  get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    return fetch(`${this.url}${path}`, { headers });
  }

  async json(path: string): Promise<Readonly<Record<string, unknown>>> {
    return await (await this.get(path)).json() as Record<string, unknown>;
  }

  /** The run as it is when it has ended. */
  async ended(runId: string): Promise<Readonly<Record<string, unknown>>> {
    for (;;) {
      const run = await this.json(`/v1/runs/${runId}`);
      if (run.status === 'ended') return run;
      await wait(10);
    }
  }

  /** The events of a run behind number `after`, to the end, or until so many have come: then the connection is dropped. */
  async events(runId: string, after = 0, most = Infinity): Promise<readonly WireEvent[]> {
    return readEvents(await this.get(`/v1/runs/${runId}/events`, after === 0 ? {} : { 'last-event-id': String(after) }), most);
  }
}

/** Reads to the end, or until so many events have come: then the connection is dropped in the middle of whatever comes. */
export async function readEvents(response: Response, most = Infinity): Promise<readonly WireEvent[]> {
  if (!response.body) return [];
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let raw = '';
  for (;;) {
    const { done, value } = await reader.read();
    raw += value ?? '';
    const events = parse(raw);
    if (events.length >= most) {
      await reader.cancel();
      return events.slice(0, most);
    }
    if (done) return events;
  }
}

function parse(raw: string): WireEvent[] {
  return raw.split('\n\n').slice(0, -1).filter((block) => !block.startsWith(':')).map((block) => {
    const fields = new Map(block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(': ') + 2)]));
    return { id: Number(fields.get('id')), event: fields.get('event') ?? '', data: JSON.parse(fields.get('data') ?? '{}') as Record<string, unknown> };
  });
}
