import { jest } from '@jest/globals';
import fs from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createLogger } from '../../../src/logging/log.js';
import { resolveOutput } from '../../../src/logging/log-output.js';
import { StreamOutput } from '../../../src/logging/stream-output.js';
import { Settings } from '../../../src/settings/settings.js';

/** What would rewrite a terminal, but for newline and tab. */
// eslint-disable-next-line no-control-regex
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/;
const EVIL = 'a\u001b[31mred\u0007\u009b2J\u202eabc\r\u0000\u007fb';

let written: string;
let problem: NodeJS.ErrnoException | undefined;
let atExit: (() => void)[];
beforeEach(() => {
  written = '';
  problem = undefined;
  atExit = [];
  jest.spyOn(process, 'once').mockImplementation(((event: string, listener: () => void) => {
    if (event === 'exit') atExit.push(listener);
    return process;
  }) as typeof process.once);
  jest.spyOn(fs, 'writeSync').mockImplementation((_fileDescriptor, data) => {
    if (problem) throw problem;
    const text = String(data); // pino's destination writes text, or a Buffer of it
    written += text;
    return Buffer.byteLength(text);
  });
});
afterEach(() => {
  jest.restoreAllMocks();
});

function output(environment: Readonly<Record<string, string>>, terminal = false): StreamOutput {
  return new StreamOutput(Settings.from(environment).logging, { fileDescriptor: 1, conversation: false, terminal });
}

async function pretty(fields: object, message: string): Promise<string> {
  const settings = Settings.from({ JSON_LOGS: 'false' });
  createLogger(settings.service, output({ JSON_LOGS: 'false' }), () => undefined).info(fields, message);
  await nextTurn();
  return written;
}

describe('what the settings leave open', () => {
  it.each([
    ['a service in a container', { conversation: false, terminal: false }, { level: 'info', json: true }],
    ['a service on a terminal', { conversation: false, terminal: true }, { level: 'info', json: false }],
    ['a conversation in a pipe', { conversation: true, terminal: false }, { level: 'info', json: true }],
    ['a conversation on a terminal', { conversation: true, terminal: true }, { level: 'warn', json: false }],
  ])('is decided by where the lines go: %s', (_what, stream, decided) => {
    expect(resolveOutput(Settings.from({}).logging, stream)).toEqual(decided);
  });

  it.each([['DEBUG', 'debug'], ['info', 'info'], ['Warning', 'warn'], ['ERROR', 'error'], ['critical', 'fatal']])('LOG_LEVEL=%s is pino\'s %s', (level, name) => {
    expect(resolveOutput(Settings.from({ LOG_LEVEL: level }).logging, { conversation: true, terminal: true }).level).toBe(name);
  });

  it.each([['true', true], ['false', false]])('JSON_LOGS=%s wins over the stream', (json, decided) => {
    for (const terminal of [true, false]) expect(resolveOutput(Settings.from({ JSON_LOGS: json }).logging, { conversation: false, terminal }).json).toBe(decided);
  });
});

describe('lines for machines', () => {
  it('are written as they are, in their order, and not later than the turn ends', async () => {
    const out = output({});
    out.write('{"a":1}\n');
    out.write('{"b":2}\n');
    await nextTurn();
    expect(written).toBe('{"a":1}\n{"b":2}\n');
    out.write('{"c":3}\n');
    await nextTurn();
    expect(written).toBe('{"a":1}\n{"b":2}\n{"c":3}\n');
  });

  it('are all written when the process ends in the middle of a turn', () => {
    output({}).write('{"a":1}\n');
    for (const listener of atExit) listener();
    expect(written).toBe('{"a":1}\n');
  });
});

describe('lines for people', () => {
  it('say when, how bad, what and with which fields', async () => {
    expect(await pretty({ event: 'agent.request_completed', iterations: 2 }, 'agent.request_completed')).toMatch(/^\[\d\d:\d\d:\d\d\.\d{3}\] INFO: agent\.request_completed \{"iterations":2\}\n$/);
  });

  it.each([
    ['a field', { value: EVIL }], ['the name of a field', { [EVIL]: 1 }], ['an error text', { error: EVIL }], ['an error', { error_detail: new Error(EVIL) }],
    ['the input of a tool', { tool_input: { [EVIL]: [EVIL] } }], ['who wrote it', { logger: EVIL }], ['fields that the formatter knows', { name: EVIL, hostname: EVIL, pid: EVIL, caller: EVIL, err: new Error(EVIL) }],
  ])('let no control character through from %s', async (_where, fields) => {
    expect(await pretty(fields, 'x')).not.toMatch(CONTROLS);
  });

  it('let no control character through from a message', async () => {
    expect(await pretty({}, EVIL)).not.toMatch(CONTROLS);
  });

  it.each([
    ['debug', 'DEBUG', 34], ['info', 'INFO', 32], ['warn', 'WARNING', 33], ['error', 'ERROR', 31], ['fatal', 'CRITICAL', 41],
  ] as const)('of level %s say %s, and in its colour on a terminal only', async (level, name, colour) => {
    const settings = Settings.from({ JSON_LOGS: 'false', LOG_LEVEL: 'DEBUG' });
    for (const terminal of [false, true]) {
      written = '';
      createLogger(settings.service, output({ JSON_LOGS: 'false', LOG_LEVEL: 'DEBUG' }, terminal), () => undefined)[level]('x');
      await nextTurn();
      expect(written.slice(written.indexOf(']') + 2)).toBe(terminal ? `\u001b[${colour}m${name}\u001b[${colour === 41 ? 49 : 39}m: \u001b[36mx\u001b[39m\n` : `${name}: x\n`);
    }
  });
});

describe('a log that can not be written', () => {
  const LINE = `${'x'.repeat(999)}\n`;
  const fails = (code: string): void => { problem = Object.assign(new Error(code), { code }); };

  it.each(['EPIPE', 'ENOSPC', 'EIO', 'EBADF'])('costs nothing but the log (%s)', async (code) => {
    const out = output({});
    fails(code);
    for (let time = 0; time < 100; time++) {
      expect(() => out.write(LINE)).not.toThrow();
      await nextTurn();
    }
    for (const listener of atExit) expect(listener).not.toThrow();
  });

  it.each([['EPIPE', 101], ['ENOSPC', 1]])('is counted by the lines that nobody will read (%s): %d', async (code, lines) => {
    const out = output({});
    let lost = 0;
    out.onLost((more) => { lost += more; });
    out.write(LINE);
    await nextTurn();
    expect(lost).toBe(0);
    fails(code);
    for (let time = 0; time < 100; time++) out.write(LINE);
    // A disk may have room again: what does not fit into the memory is lost, and nothing else.
    out.write('x'.repeat(9_000_000));
    await nextTurn();
    expect(lost).toBe(lines);
  });

  it('is written again when the disk has room again', async () => {
    const out = output({});
    fails('ENOSPC');
    out.write('{"a":1}\n');
    await nextTurn();
    problem = undefined;
    out.write('{"b":2}\n');
    await nextTurn();
    expect(written).toContain('{"b":2}\n');
  });

  it('is not kept in memory for ever', async () => {
    const out = output({});
    fails('ENOSPC');
    for (let turn = 0; turn < 500; turn++) {
      for (let line = 0; line < 100; line++) out.write(LINE);
      await nextTurn();
    }
    problem = undefined;
    out.write(LINE);
    await nextTurn();
    expect(written.length).toBeLessThan(20_000_000);
  });
});
