import { createHash } from 'node:crypto';
import type { MetricsSettings } from '../settings/settings.js';
import type { LabelSpec } from './instruments.js';

/** What a label value may look like. Anything else could be a prompt, an id or an attack. */
const PLAIN_VALUE = /^[A-Za-z0-9_.:/@{}*<> +[\]-]{1,128}$/;
const PLAIN_USER = /^[A-Za-z0-9_.:@-]{1,64}$/;

/** Keeps labels bounded: values beyond a label's list or size become `other`, and that is counted. */
export class LabelGuard {
  private readonly seen = new Map<string, Set<string>>();

  constructor(
    private readonly settings: MetricsSettings,
    private readonly onOverflow: (metric: string, label: string) => void,
  ) {}

  /** The value that may be used as `label` of `metric`. */
  admit(metric: string, label: string, spec: LabelSpec, raw: unknown): string {
    const value = typeof raw === 'string' ? raw : typeof raw === 'number' ? raw.toString() : 'unknown';
    if (isList(spec)) return spec.includes(value) ? value : this.overflow(metric, label, spec);
    if (label === 'user_id') return this.user(metric, value, spec);
    return this.bounded(metric, label, PLAIN_VALUE.test(value) ? value : 'invalid', spec.atMost);
  }

  private user(metric: string, value: string, spec: { readonly atMost: number }): string {
    if (this.settings.userLabel === 'off' || value === 'unknown') return 'unknown';
    if (!PLAIN_USER.test(value)) return 'invalid';
    const shown = this.settings.userLabel === 'hashed' ? createHash('sha256').update(value).digest('hex').slice(0, 12) : value;
    return this.bounded(metric, 'user_id', shown, spec.atMost);
  }

  private bounded(metric: string, label: string, value: string, atMost: number): string {
    // Users share one set over all metrics: the same fifty people appear everywhere.
    const key = label === 'user_id' ? label : `${metric} ${label}`;
    const values = this.seen.get(key) ?? new Set<string>();
    if (values.has(value)) return value;
    if (values.size >= atMost) {
      this.onOverflow(metric, label);
      return 'other';
    }
    this.seen.set(key, values.add(value));
    return value;
  }

  private overflow(metric: string, label: string, spec: readonly string[]): string {
    this.onOverflow(metric, label);
    for (const fallback of ['other', '_OTHER', 'execution']) if (spec.includes(fallback)) return fallback;
    return spec[0] ?? 'other';
  }
}

export function isList(spec: LabelSpec): spec is readonly string[] {
  return Array.isArray(spec);
}
