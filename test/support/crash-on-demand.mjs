import { setImmediate, setInterval } from 'node:timers';
// Loaded into the program before its own code (NODE_OPTIONS=--import=…): a bug that strikes when a test wants it to.
const error = () => new Error(`The bug struck with ${'sk-ant-'.padEnd(40, 'x')} at hand.`);

const BUGS = {
  throw: () => setImmediate(() => { throw error(); }),
  reject: () => void Promise.reject(error()),
  reject_nothing: () => void Promise.reject(undefined),
};
const bug = BUGS[process.env.TEST_BUG];
process.on('SIGUSR2', bug);

// What a bug leaves behind can keep the process up.
setInterval(() => undefined, 1_000);

// As early as somebody looks out for it.
if (process.env.TEST_BUG_EARLY === 'true') {
  process.once('newListener', function strike(event) {
    if (event === 'uncaughtException') globalThis.queueMicrotask(() => { throw error(); });
    else process.once('newListener', strike);
  });
}
