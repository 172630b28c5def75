import { pbkdf2Sync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

/** Ways in which the code of a tool goes wrong, and some in which it does not. Run in a worker: most of these would end the service. */
const WAYS = {
  echo: ({ text }, { toolUseId }) => `${text} for ${toolUseId}`,
  later: async ({ text }) => text.toUpperCase(),
  environment: () => JSON.stringify(process.env),
  prints: () => {
    console.log('to stdout');
    console.error('to stderr');
    return 'printed';
  },
  loops: ({ pidFile }) => {
    if (pidFile) writeFileSync(pidFile, String(process.pid));
    for (let end = Date.now() + 30_000; Date.now() < end;) continue;
  },
  backtracks: () => String(/^(a+)+$/.test(`${'a'.repeat(50)}b`)),
  staysInNativeCode: () => pbkdf2Sync('', '', 2 ** 31 - 1, 64, 'sha512'),
  hangs: () => pause(30_000),
  neverSettles: () => new Promise(() => undefined),
  exits: () => process.exit(0),
  aborts: () => process.abort(),
  killsItself: () => process.kill(process.pid, 'SIGKILL'),
  throwsLater: () => new Promise(() => void pause(1).then(() => { throw new Error('secret detail'); })),
  throws: () => { throw new Error('secret detail'); },
  throwsNull: () => { throw null; },
  throwsTrap: () => { throw Object.defineProperty({}, 'code', { get: () => { throw new Error('trap'); } }); },
  fails: () => { throw Object.assign(new Error('no'), { code: 'no_such_city', errorType: 'not_found', publicMessage: 'There is no such city.' }); },
  fillsArray: () => { for (const list = []; ;) list.push(list.length); },
  fillsObjects: () => { for (const list = []; ;) list.push({ at: list.length }); },
  fillsMap: () => { for (const map = new Map(); ;) map.set(map.size, ''); },
  fillsText: () => { for (let text = 'x'; ; text += text) text.at(-1); },
  sendsNull: () => process.send(null),
  bigText: ({ length }) => '😀'.repeat(length / 2),
  object: () => ({ a: 1 }),
  nothing: () => undefined,
  bigint: () => 10n,
};

export function run(input, context) {
  return WAYS[input.way](input, context);
}
