import { SignalExport, type ExportResultName } from './signal-export.js';

/** How the export goes, for people who ask. */
export interface ExportState {
  /** Whether spans go to a collector at all. */
  readonly configured: boolean;
  /** Whether the last export was taken; true before the first one. */
  readonly up: boolean;
  /** Spans since the process began. */
  readonly spans: Readonly<Record<ExportResultName, number>>;
}

/** The export of spans. Active also when they go to the console only. */
export class TraceExport extends SignalExport {
  constructor(
    active = false,
    stop?: () => Promise<void>,
    /** Whether they go to a collector. */
    private readonly configured: boolean = false,
  ) {
    super(active, stop);
  }

  get state(): ExportState {
    return { configured: this.configured, up: this.up, spans: this.counts };
  }
}
