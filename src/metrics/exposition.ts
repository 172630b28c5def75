import { Registry, type Metric } from 'prom-client';

/** What prom-client keeps but does not type: the values of a metric at this moment. */
interface Readable { readonly name: string; readonly type: string; readonly help: string; get(): Promise<object>; getForPromString?(): Promise<object> }

/**
 * Renders the registry in the format a scraper asks for. Exemplars exist only in OpenMetrics, so that is the registry's own
 * format; prom-client can not switch it per request (it strips `_total` for good), hence the throw-away text registry.
 */
export async function expose(registry: Registry, accept: string): Promise<{ readonly contentType: string; readonly body: string }> {
  if (accept.includes('application/openmetrics-text')) {
    return { contentType: Registry.OPENMETRICS_CONTENT_TYPE, body: await registry.metrics() };
  }
  const text = new Registry();
  for (const metric of registry.getMetricsAsArray() as unknown as Readable[]) text.registerMetric(asText(metric));
  return { contentType: Registry.PROMETHEUS_CONTENT_TYPE, body: await text.metrics() };
}

function asText(metric: Readable): Metric {
  const name = metric.type === 'counter' && !metric.name.endsWith('_total') ? `${metric.name}_total` : metric.name;
  const get = async () => ({ ...(await (metric.getForPromString?.() ?? metric.get())), name });
  return { name, type: metric.type, help: metric.help, get } as unknown as Metric;
}
