export interface ToolContext {
  /** Aborted when the request ends or the tool's time is over. Pass it to everything that waits. */
  readonly signal: AbortSignal;
  readonly toolUseId: string;
}

/** What a tool class implements. */
export abstract class ToolHandler<Input = unknown> {
  /**
   * Does the work and returns what the model reads.
   * @throws Failure whose `publicMessage` is shown to the model; of any other error it learns only that the tool failed.
   */
  abstract run(input: Input, context: ToolContext): Promise<string>;

  /** False when the tool lacks what it needs (no search engine is configured): then the model is not offered it. */
  available(): boolean {
    return true;
  }
}
