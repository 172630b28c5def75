import { Command, CommandRunner, Option, SubCommand } from 'nest-commander';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { Failure } from '../kernel/failure.js';
import { generatedFiles } from '../slo/generated-files.js';

@SubCommand({ name: 'generate', description: 'Write alert rules, their tests and docs/alerts.md from config/slo.yaml' })
export class SloGenerateCommand extends CommandRunner {
  /** @throws Failure when the objectives are wrong, or, with --check, when a file is not what they say. */
  override async run(_arguments: string[], { check = false }: { readonly check?: boolean }): Promise<void> {
    const stale = [...generated()].filter(([path, content]) => !existsSync(path) || readFileSync(path, 'utf8') !== content);
    if (check && stale.length > 0) throw failure(`Not what config/slo.yaml says: ${stale.map(([path]) => path).join(', ')}. Run "npx task-agent slo generate".`);
    for (const [path, content] of stale) writeFileSync(path, content);
    process.stdout.write(stale.length === 0 ? 'Everything is what config/slo.yaml says.\n' : stale.map(([path]) => `written: ${path}\n`).join(''));
  }

  @Option({ flags: '--check', description: 'write nothing; fail when a file is not what config/slo.yaml says' })
  check(): boolean {
    return true;
  }
}

function generated(): ReadonlyMap<string, string> {
  try {
    return generatedFiles();
  } catch (error) {
    throw failure((error as Error).message);
  }
}

function failure(publicMessage: string): Failure {
  return new Failure('invalid_slo', { errorType: 'validation', publicMessage });
}

@Command({ name: 'slo', description: 'Objectives of the service', subCommands: [SloGenerateCommand] })
export class SloCommand extends CommandRunner {
  override async run(): Promise<void> {
    this.command.help();
  }
}
