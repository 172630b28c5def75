import pg from 'pg';

/** A connection that gives up a server which does not answer: the driver alone would wait again, for the rollback. */
export class ImpatientClient extends pg.Client {
  /** The driver says so by these words only. */
  private static readonly NO_ANSWER = 'Query read timeout';

  // The overloads of the driver, of which Kysely uses one.
  override query = ((...parameters: Parameters<pg.Client['query']>) => {
    const answer: unknown = super.query(...parameters);
    if (answer instanceof Promise) answer.catch((error: unknown) => this.giveUp(error));
    return answer;
  }) as pg.Client['query'];

  private giveUp(error: unknown): void {
    if (error instanceof Error && error.message === ImpatientClient.NO_ANSWER) {
      (this as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
    }
  }
}
