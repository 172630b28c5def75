import { hash } from 'node:crypto';

/**
 * Names the content of a request body. `stream` is left out, so that a streamed request and its JSON twin
 * get the same ids; inside a string the quotes are escaped, so no text of a user is taken for the field.
 */
export function fingerprintOf(body: string): string {
  return hash('sha1', body.replace(/,?"stream":(?:true|false)/g, ''), 'hex');
}

/** Names a prefix from the prefix before it and the next piece. */
export function chainedFingerprint(previous: string, piece: string): string {
  return hash('sha1', previous + piece, 'hex');
}

/** `msg_…`: the same fingerprint gives the same id. */
export function messageId(fingerprint: string): string {
  return `msg_${fingerprint.slice(0, 24)}`;
}

/** `toolu_…`: differs by the block's position within one reply. */
export function toolUseId(fingerprint: string, position: number): string {
  return `toolu_${fingerprint.slice(0, 20)}${position.toString(16).padStart(4, '0')}`;
}

/** `req_…`: counts the requests of one simulator. */
export function requestId(count: number): string {
  return `req_${String(count).padStart(24, '0')}`;
}

/** A number in [0, 1) that depends on the text alone. */
export function fractionOf(text: string): number {
  return Number.parseInt(hash('sha1', text, 'hex').slice(0, 12), 16) / 2 ** 48;
}
