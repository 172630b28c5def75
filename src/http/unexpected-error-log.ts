/** The only thing that the HTTP layer logs by hand: an error that nobody expected, with its stack. */
export interface UnexpectedErrorLog {
  error(fields: object, message: string): void;
}
