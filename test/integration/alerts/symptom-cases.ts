/** Series in promtool's notation: name and labels without job and instance → values. */
type Series = Readonly<Record<string, string>>;

/** When an alert must fire, and a case close to it when it must not. One value a minute. */
export interface SymptomCase {
  readonly alert: string;
  readonly firing: Series;
  /** Minute at which it must fire. */
  readonly at: number;
  /** Labels beside those of the rule. */
  readonly labels: Readonly<Record<string, string>>;
  /** As the description shows it. */
  readonly value: string;
  /** Why the other case is none for anybody. */
  readonly silentWhen: string;
  readonly silent: Series;
}

const DURATION = 'agent_request_duration_seconds';
const REFUSED = 'agent_requests_rejected_total{reason="queue_full"}';
const requests = (success: string, error: string, refused = '0x60'): Series => ({
  [`${DURATION}_count{status="success"}`]: success, [`${DURATION}_count{status="error"}`]: error, [REFUSED]: refused,
});
const answers = (upTo: Readonly<Record<string, string>>, all: string): Series => ({
  ...Object.fromEntries(Object.entries(upTo).map(([bound, values]) => [`${DURATION}_bucket{status="success",le="${bound}"}`, values])),
  [`${DURATION}_bucket{status="success",le="+Inf"}`]: all, [`${DURATION}_count{status="success"}`]: all,
});
const JOB = { job: 'agent' };
const PROCESS = { job: 'agent', instance: 'a' };

export const SYMPTOM_CASES: readonly SymptomCase[] = [
  { alert: 'HighErrorRate', firing: requests('0+98x60', '0+2x60'), at: 15, labels: JOB, value: '2%', silentWhen: 'less than 1 % fail', silent: requests('0+995x60', '0+5x60') },
  { alert: 'CriticalErrorRate', firing: requests('0+90x60', '0x60', '0+10x60'), at: 10, labels: JOB, value: '10%', silentWhen: 'a single request of a quiet night fails', silent: requests('0x60', '0x10 1x50') },
  { alert: 'HighLatency', firing: answers({ 5: '0x60', 10: '0+10x60' }, '0+10x60'), at: 15, labels: JOB, value: '9.75s', silentWhen: 'all are within 5 s', silent: answers({ 5: '0+10x60', 10: '0+10x60' }, '0+10x60') },
  { alert: 'VeryHighLatency', firing: answers({ 10: '0x60', 30: '0+10x60' }, '0+10x60'), at: 10, labels: JOB, value: '29s', silentWhen: 'they are slow, but within 10 s', silent: answers({ 5: '0x60', 10: '0+10x60', 30: '0+10x60' }, '0+10x60') },
  { alert: 'LLMAPIErrors', firing: { 'llm_requests_total{model="m",status="error"}': '0+1x60', 'llm_requests_total{model="m",status="success"}': '0x60' }, at: 10, labels: { job: 'agent', model: 'm' }, value: '100%',
    silentWhen: 'one in twenty fails', silent: { 'llm_requests_total{model="m",status="error"}': '0+1x60', 'llm_requests_total{model="m",status="success"}': '0+19x60' } },
  { alert: 'HighTokenUsage', firing: { 'llm_tokens_total{model="m",token_type="input"}': '0+20000x90', 'llm_tokens_total{model="m",token_type="output"}': '0+10000x90' }, at: 80, labels: JOB, value: '1.8M',
    silentWhen: 'it is half a million an hour', silent: { 'llm_tokens_total{model="m",token_type="input"}': '0+8000x90' } },
  { alert: 'CircuitBreakerOpen', firing: { 'circuit_breaker_state{name="tool:web_search",state="open"}': '1x60' }, at: 5, labels: { job: 'agent', name: 'tool:web_search' }, value: '1',
    silentWhen: 'it is half open', silent: { 'circuit_breaker_state{name="tool:web_search",state="open"}': '0x60', 'circuit_breaker_state{name="tool:web_search",state="half_open"}': '1x60' } },
  { alert: 'FrequentCircuitBreakerTrips', firing: { 'circuit_breaker_trips_total{name="llm:m"}': '0+1x90' }, at: 80, labels: { job: 'agent', name: 'llm:m' }, value: '60',
    silentWhen: 'it opened twice', silent: { 'circuit_breaker_trips_total{name="llm:m"}': '0x10 1x20 2x60' } },
  { alert: 'ServiceDown', firing: { up: '0x60' }, at: 5, labels: JOB, value: '0', silentWhen: 'one of two processes answers', silent: { up: '0x60', 'up{instance="b"}': '1x60' } },
  { alert: 'InstanceDown', firing: { up: '0x60', 'up{instance="b"}': '1x60' }, at: 5, labels: PROCESS, value: '0', silentWhen: 'a single scrape failed', silent: { up: '1x10 0 1x49' } },
  { alert: 'HighActiveRequests', firing: { agent_requests_active: '190x60', agent_requests_limit: '200x60' }, at: 10, labels: PROCESS, value: '95%', silentWhen: 'half of the places are free', silent: { agent_requests_active: '100x60', agent_requests_limit: '200x60' } },
  { alert: 'MetricsMissing', firing: { up: '1x60', process_cpu_seconds_total: '0+1x60' }, at: 10, labels: PROCESS, value: '1', silentWhen: 'it is idle', silent: { up: '1x60', agent_requests_active: '0x60' } },
  { alert: 'TelemetryExportFailing', firing: { 'otel_exporter_up{signal="traces"}': '0x60' }, at: 10, labels: { ...PROCESS, signal: 'traces' }, value: '0', silentWhen: 'one export failed', silent: { 'otel_exporter_up{signal="traces"}': '1x10 0 1x49' } },
  { alert: 'RunStuck', firing: { 'agent_oldest_run_seconds{state="running"}': '0+60x60' }, at: 15, labels: JOB, value: '15m 0s', silentWhen: 'a run took its two minutes', silent: { 'agent_oldest_run_seconds{state="running"}': '120x60' } },
  { alert: 'QueueBacklog', firing: { 'agent_oldest_run_seconds{state="queued"}': '90x60' }, at: 10, labels: JOB, value: '1m 30s', silentWhen: 'runs wait for half a minute', silent: { 'agent_oldest_run_seconds{state="queued"}': '30x60' } },
  { alert: 'StoreDown', firing: { store_up: '0x60' }, at: 5, labels: PROCESS, value: '0', silentWhen: 'the store is there', silent: { store_up: '1x60' } },
];
