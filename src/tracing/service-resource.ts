import { defaultResource, detectResources, envDetector, hostDetector, resourceFromAttributes, serviceInstanceIdDetector, type Resource } from '@opentelemetry/resources';
import type { ServiceSettings } from '../settings/settings.js';

/** Who spans and log records come from: the same for both, so that one leads to the other. Imported only with the SDK. */
export function serviceResource(service: ServiceSettings): Resource {
  // In the resource rather than as `serviceName`, so that OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES win.
  return defaultResource().merge(resourceFromAttributes({
    'service.name': service.name, 'service.version': service.version,
    'deployment.environment.name': service.environment, environment: service.environment,
    // Not the process detector: it would export the command line, and with `ask` that is the question.
    // A later one wins: what the environment says of the service is the last word.
  })).merge(detectResources({ detectors: [hostDetector, serviceInstanceIdDetector, envDetector] }));
}
