/** Conversations that a model API refused, kept apart so that somebody can find out why. */
export abstract class Quarantine {
  /**
   * Keeps a case under a name of letters, digits, `_` and `-`. Returns where it is, or undefined when it could not be kept: that must not
   * make things worse, so this never throws.
   */
  abstract keep(name: string, evidence: object): Promise<string | undefined>;
}
