/**
 * Where the simulated upstreams listen, when nobody named a real model server. One token for the model and the tools: both
 * ask here, and neither knows the other.
 */
export abstract class SimulatedUpstreams {
  /** Base URL on loopback, or undefined when the real upstreams are used. */
  abstract readonly url: string | undefined;
}
