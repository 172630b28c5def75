import 'reflect-metadata';
import { Crash } from './cli/crash.js';
import { Observer } from './kernel/observer.js';
import { InvalidEnvironment } from './settings/environment.schema.js';
import { readSettings } from './settings/process-environment.js';
import type { Settings } from './settings/settings.js';

/** sysexits.h EX_CONFIG: the process can not start with this configuration, and starting it again will not help. */
const EXIT_CONFIG = 78;
/** Milliseconds that the end of the process may wait for the collector. */
const FLUSH_MILLISECONDS = 3_000;
/** The commands whose output is their log. All others keep stdout for their answer, and log to stderr. */
const SERVICES = new Set(['serve', 'worker']);

/** The one entry: reads the settings, starts tracing, and hands the arguments to the commands. */
async function main(): Promise<void> {
  const crash = Crash.watch();
  const settings = settingsOrExit();
  surviveLostReaders();
  const conversation = !SERVICES.has(process.argv[2] ?? '');
  const { StreamOutput } = await import('./logging/stream-output.js');
  const stream = new StreamOutput(settings.logging, {
    fileDescriptor: conversation ? 2 : 1, conversation,
    terminal: (conversation ? process.stderr : process.stdout).isTTY,
  });
  const { startTracing } = await import('./tracing/start-tracing.js');
  const tracing = await startTracing(settings.tracing, settings.service);
  const { startLogExport } = await import('./tracing/log-export.js');
  const logs = await startLogExport(settings.tracing, settings.service);
  const { TeedOutput } = await import('./logging/teed-output.js');
  const output = logs.active ? new TeedOutput(stream, logs) : stream;
  const { createApplication } = await import('./application.js');
  const { CommandRunnerService } = await import('nest-commander');
  const app = await createApplication({ settings, output, tracing, logs });
  crash.observedBy(app.get(Observer), { aloud: conversation });
  try {
    await app.get(CommandRunnerService).run(process.argv);
  } finally {
    await app.close();
    await Promise.all([tracing.shutdown(FLUSH_MILLISECONDS), logs.shutdown(FLUSH_MILLISECONDS)]);
  }
  // An export that hangs, or what crashed, would keep the process up long after its last word.
  if (tracing.active || logs.active || crash.hasHappened) process.exit();
}

/** Who reads us may go away (a closed terminal, `| head`): what can not be written is lost, and nothing else. */
function surviveLostReaders(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
}

function settingsOrExit(): Settings {
  try {
    return readSettings();
  } catch (error) {
    if (!(error instanceof InvalidEnvironment)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(EXIT_CONFIG);
  }
}

await main();
