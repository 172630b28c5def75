import { ToolHandler, type ToolContext } from './tool-handler.js';
import { runInProcess } from './worker-process.js';

/**
 * A tool whose work takes the processor or much memory, or is not sure to end: each call runs in a process of its own, and the
 * service goes on meanwhile. When its time is over the process is killed. This guards against mistakes, not against malice.
 */
export abstract class WorkerToolHandler<Input = unknown> extends ToolHandler<Input> {
  /**
   * The JavaScript module that exports `run(input, { toolUseId })`, which returns what the model reads, or a promise of it:
   * `new URL('./<name>.js', import.meta.url)`. Its code has no environment variables, and input and result are copied.
   */
  abstract readonly module: URL;

  /** @throws what `run` of the module threw; Failure `execution` when the process ended without a result. */
  override run(input: Input, { signal, toolUseId }: ToolContext): Promise<string> {
    return runInProcess({ module: this.module.href, input, context: { toolUseId } }, signal) as Promise<string>;
  }
}
