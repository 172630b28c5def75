export type ExportResultName = 'ok' | 'failed' | 'dropped';
export type ExportListener = (result: ExportResultName, spans: number) => void;
export type ExportProblemListener = (message: string) => void;

/** What the rest of the application may know of the export of spans. Started before Nest, so it is handed in. */
export class TraceExport {
  private listener: ExportListener = () => undefined;
  private problems: ExportProblemListener = () => undefined;

  constructor(
    /** Whether spans are recorded at all. */
    readonly active: boolean = false,
    private readonly stop: () => Promise<void> = async () => undefined,
  ) {}

  listen(listener: ExportListener): void {
    this.listener = listener;
  }

  onProblem(listener: ExportProblemListener): void {
    this.problems = listener;
  }

  /** @internal */
  exported(result: ExportResultName, spans: number): void {
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
