import { SignalExport } from './signal-export.js';

/** The export of spans. Active also when they go to the console only. */
export class TraceExport extends SignalExport {
  constructor(
    active = false,
    stop?: () => Promise<void>,
    /** Whether they go to a collector. */
    configured = false,
  ) {
    super(active, stop, configured);
  }
}
