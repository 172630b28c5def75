import { setTimeout as pause } from 'node:timers/promises';
import { LoadShedder, type Load } from '../../../src/resilience/load-shedder.js';
import { LoadWatch } from '../../../src/resilience/load-watch.js';

class Recorder extends LoadShedder {
  readonly looks: Load[] = [];
  override look(load: Load): void {
    this.looks.push(load);
  }
}

it('a process shows its load to the shedder from the end of its start to its end', async () => {
  const shedder = new Recorder({ lagMilliseconds: 200, heapRatio: 0.9 }, { changed: () => undefined, shed: () => undefined });
  const watch = new LoadWatch(shedder);
  await pause(50);
  expect(shedder.looks).toEqual([]);
  watch.onApplicationBootstrap();
  while (shedder.looks.length < 3) await pause(5);
  watch.onApplicationShutdown();
  const { length } = shedder.looks;
  await pause(50);
  expect(shedder.looks).toHaveLength(length);
  for (const { lagMilliseconds, heapRatio } of shedder.looks) {
    expect(lagMilliseconds).toBeGreaterThanOrEqual(0);
    expect(heapRatio).toBeGreaterThan(0);
    expect(heapRatio).toBeLessThan(1);
  }
});
