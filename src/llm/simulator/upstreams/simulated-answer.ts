/** An answer of a service that the simulator plays for the tools. */
export interface SimulatedAnswer {
  readonly status: number;
  readonly body: object;
}
