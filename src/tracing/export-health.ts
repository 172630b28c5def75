import { Injectable } from '@nestjs/common';
import { LogExport } from './log-export.js';
import type { ExportState } from './signal-export.js';
import { TraceExport } from './trace-export.js';

/** Whether the collector takes what it is sent, as far as the last export of each signal has shown. */
@Injectable()
export class ExportHealth {
  constructor(private readonly traces: TraceExport, private readonly logs: LogExport) {}

  /** In words that anybody may read: why an export failed names hosts, and is told in the log only. */
  describe(): { readonly isTaken: boolean; readonly detail: string } {
    const signals = ([['spans', this.traces.state], ['log lines', this.logs.state]] as const).filter(([, { configured }]) => configured);
    const refused = signals.filter(([, { up }]) => !up).map(([name]) => name);
    const counts = signals.map(([name, state]) => countsOf(name, state)).join('; ');
    if (signals.length === 0) return { isTaken: true, detail: 'no collector is configured' };
    if (refused.length === 0) return { isTaken: true, detail: counts };
    return { isTaken: false, detail: `the collector does not take ${refused.join(' and ')}, telemetry.export_failed in the log says why: ${counts}` };
  }
}

function countsOf(name: string, { counts: { ok, failed, dropped } }: ExportState): string {
  return `${ok} ${name} exported, ${failed} failed, ${dropped} dropped`;
}
