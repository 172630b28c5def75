/** What the simulator remembers of one request to its Messages API. */
export interface RecordedRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** As they came, with the values of `authorization` and `x-api-key` replaced. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The parsed body; undefined when there was none or it was no JSON. */
  readonly body: unknown;
  /** The HTTP status that was answered; undefined while none was (a hang, a reset). */
  readonly status: number | undefined;
  /** True when the client went away before the whole answer was sent. */
  readonly clientClosed: boolean;
  /** When the headers of the request were there: monotonic milliseconds, as `performance.now()` gives them. */
  readonly receivedAt: number;
  /** When its answer was over, however it ended; undefined before that. */
  readonly closedAt: number | undefined;
}

/** The same record while its request is being answered. */
export type OpenRecord = { -readonly [Field in keyof RecordedRequest]: RecordedRequest[Field] };

const SECRET_HEADERS = ['authorization', 'x-api-key'] as const;

export function withoutSecrets(headers: RecordedRequest['headers']): RecordedRequest['headers'] {
  const safe = { ...headers };
  for (const name of SECRET_HEADERS) if (safe[name] !== undefined) safe[name] = '[redacted]';
  return safe;
}

/** The last so many items, oldest first. */
export class RecentItems<Item> {
  private readonly recent: Item[] = [];

  constructor(private readonly most: number) {}

  get items(): readonly Item[] {
    return this.recent;
  }

  add(item: Item): void {
    this.recent.push(item);
    if (this.recent.length > this.most) this.recent.shift();
  }
}
