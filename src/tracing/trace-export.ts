export type ExportResultName = 'ok' | 'failed' | 'dropped';
export type ExportListener = (result: ExportResultName, spans: number) => void;
export type ExportProblemListener = (message: string) => void;

/** How the export goes, for people who ask. */
export interface ExportState {
  /** Whether spans go to a collector at all. */
  readonly configured: boolean;
  /** Whether the last export was taken; true before the first one. */
  readonly up: boolean;
  /** Spans since the process began. */
  readonly spans: Readonly<Record<ExportResultName, number>>;
}

/** What the rest of the application may know of the export of spans. Started before Nest, so it is handed in. */
export class TraceExport {
  private listener: ExportListener = () => undefined;
  private problems: ExportProblemListener = () => undefined;
  private readonly spans = { ok: 0, failed: 0, dropped: 0 };
  private up = true;

  constructor(
    /** Whether spans are recorded at all. */
    readonly active: boolean = false,
    private readonly stop: () => Promise<void> = async () => undefined,
    /** Whether they go to a collector. */
    private readonly configured: boolean = false,
  ) {}

  get state(): ExportState {
    return { configured: this.configured, up: this.up, spans: this.spans };
  }

  listen(listener: ExportListener): void {
    this.listener = listener;
  }

  onProblem(listener: ExportProblemListener): void {
    this.problems = listener;
  }

  /** @internal */
  exported(result: ExportResultName, spans: number): void {
    this.spans[result] += spans;
    if (result !== 'dropped') this.up = result === 'ok';
    this.listener(result, spans);
  }

  /** @internal */
  problem(message: string): void {
    this.problems(message);
  }

  /** Flushes what is queued and stops. Never rejects and never takes longer than `milliseconds`: a dead collector must not hold a deploy. */
  async shutdown(milliseconds: number): Promise<void> {
    const { promise: over, reject } = Promise.withResolvers<void>();
    const timer = setTimeout(() => reject(new Error('the collector did not take the last spans in time')), milliseconds);
    try {
      await Promise.race([this.stop(), over]);
    } catch (error) {
      this.problem(error instanceof Error ? error.message : String(error));
    } finally {
      clearTimeout(timer);
    }
  }
}
