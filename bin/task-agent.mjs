#!/usr/bin/env node
// Runs the built application on a Node that is new enough: this one, or the one that `npm ci` put beside it.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module from 'node:module';
import { fileURLToPath } from 'node:url';

const EXIT_CONFIG = 78; // sysexits.h
const [major, minor] = process.versions.node.split('.').map(Number);
const application = new URL('../dist/main.js', import.meta.url);

if (!existsSync(application)) {
  process.stderr.write('task-agent is not built. Run "npm ci", or "npm run build" after a change.\n');
  process.exitCode = EXIT_CONFIG;
} else if (major > 24 || (major === 24 && minor >= 11)) {
  module.enableCompileCache?.();
  await import(application.href);
} else {
  runOnBundledNode();
}

function runOnBundledNode() {
  const bundled = fileURLToPath(new URL(`../node_modules/node-${process.platform}-${process.arch}/bin/node`, import.meta.url));
  if (!existsSync(bundled)) {
    process.stderr.write(`task-agent needs Node 24.11 or newer; this is ${process.version}.\n`);
    process.exitCode = EXIT_CONFIG;
    return;
  }
  const child = spawn(bundled, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' });
  // A terminal sends Ctrl-C to both processes, other senders only to this one.
  process.on('SIGINT', () => { if (!process.stdin.isTTY) child.kill('SIGINT'); });
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => { process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 143); });
}
