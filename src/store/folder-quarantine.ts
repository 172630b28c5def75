import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { redactText } from '../kernel/redaction.js';
import { Quarantine } from './quarantine.js';

/** Cases that are kept; the oldest goes first. One bug makes many alike. */
const MOST_CASES = 20;

/** One JSON file a case, readable by the owner only, with secrets masked. */
export class FolderQuarantine extends Quarantine {
  constructor(private readonly folder: string) {
    super();
  }

  override async keep(name: string, evidence: object): Promise<string | undefined> {
    const file = `${new Date().toISOString().replace(/[^0-9TZ]/g, '')}-${name}.json`;
    try {
      await mkdir(this.folder, { recursive: true, mode: 0o700 });
      await writeFile(join(this.folder, file), redactText(JSON.stringify(evidence, null, 2)), { mode: 0o600, flag: 'wx' });
      await this.forgetOldest();
      return file;
    } catch {
      return undefined; // A full disk is told of by readiness; the request has failed already, and says so.
    }
  }

  /** Names begin with the time, so their order is their age. */
  private async forgetOldest(): Promise<void> {
    const files = (await readdir(this.folder)).filter((name) => name.endsWith('.json')).toSorted();
    for (const file of files.slice(0, -MOST_CASES)) await rm(join(this.folder, file), { force: true });
  }
}
