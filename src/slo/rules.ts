/** A file of Prometheus rules, as far as we use its format. */
export interface RuleFile {
  readonly groups: readonly RuleGroup[];
}

export interface RuleGroup {
  readonly name: string;
  /** Time between two evaluations, as `30s`. */
  readonly interval: string;
  readonly rules: readonly (RecordingRule | AlertRule)[];
}

export interface RecordingRule {
  readonly record: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly expr: string;
}

export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  /** Time for which the expression must hold, as `5m`. */
  readonly for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: { readonly summary: string; readonly description: string; readonly runbook_url: string; readonly dashboard_url: string };
}

/** The alerts of a file, in its order. */
export function alertsOf(file: RuleFile): readonly AlertRule[] {
  return file.groups.flatMap(({ rules }) => rules).filter((rule): rule is AlertRule => 'alert' in rule);
}
