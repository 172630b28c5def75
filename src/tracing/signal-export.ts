export type ExportResultName = 'ok' | 'failed' | 'dropped';
export type ExportListener = (result: ExportResultName, items: number) => void;
export type ExportProblemListener = (message: string) => void;

/** How an export goes, for people who ask. */
export interface ExportState {
  /** Whether anything goes to a collector at all. */
  readonly configured: boolean;
  /** Whether the last export was taken; true before the first one. */
  readonly up: boolean;
  /** Items since the process began. */
  readonly counts: Readonly<Record<ExportResultName, number>>;
}

/** What the rest of the application may know of the export of one signal, spans or log records. Started before Nest, so it is handed in. */
export class SignalExport {
  private listener: ExportListener = () => undefined;
  private problems: ExportProblemListener = () => undefined;
  private readonly counts: Record<ExportResultName, number> = { ok: 0, failed: 0, dropped: 0 };
  private up = true;

  constructor(
    /** Whether anything is recorded at all. */
    readonly active: boolean = false,
    private readonly stop: () => Promise<void> = async () => undefined,
    private readonly configured: boolean = active,
  ) {}

  get state(): ExportState {
    return { configured: this.configured, up: this.up, counts: this.counts };
  }

  listen(listener: ExportListener): void {
    this.listener = listener;
  }

  onProblem(listener: ExportProblemListener): void {
    this.problems = listener;
  }

  /** @internal The queue handed these to the exporter. */
  leaving(_items: number): void {}

  /** @internal */
  exported(result: ExportResultName, items: number): void {
    this.counts[result] += items;
    if (result !== 'dropped') this.up = result === 'ok';
    this.listener(result, items);
  }

  /** @internal */
  problem(message: string): void {
    this.problems(message);
  }

  /** Flushes what is queued and stops. Never rejects and never takes longer than `milliseconds`: a dead collector must not hold a deploy. */
  async shutdown(milliseconds: number): Promise<void> {
    const { promise: over, reject } = Promise.withResolvers<void>();
    const timer = setTimeout(() => reject(new Error('the collector did not take the last of it in time')), milliseconds);
    try {
      await Promise.race([this.stop(), over]);
    } catch (error) {
      this.problem(error instanceof Error ? error.message : String(error));
    } finally {
      clearTimeout(timer);
    }
  }
}
