import { Failure } from '../kernel/failure.js';

/** @throws Failure `invalid_port` */
export function parsePort(value: string): number {
  const port = Number(value);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535 && value.trim() !== '') return port;
  throw new Failure('invalid_port', { errorType: 'validation', publicMessage: 'A port is a whole number from 0 to 65535.' });
}
