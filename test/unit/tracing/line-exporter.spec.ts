import { jest } from '@jest/globals';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { LineExporter } from '../../../src/tracing/line-exporter.js';

it('is shut down when stderr has taken everything, and not before', async () => {
  const taken: (() => void)[] = [];
  const write = jest.spyOn(process.stderr, 'write').mockImplementation(((_text: string, done: () => void) => {
    taken.push(done);
    return false;
  }) as typeof process.stderr.write);
  try {
    let isOver = false;
    const shutdown = new LineExporter().shutdown().then(() => { isOver = true; });
    await nextTurn();
    expect(isOver).toBe(false);
    for (const tell of taken) tell();
    await shutdown;
    expect(isOver).toBe(true);
  } finally {
    write.mockRestore();
  }
});
