import { MemoryConversationStore } from '../../../src/store/memory-conversation-store.js';

const turn = (content: string) => ({ role: 'user' as const, content });

it('keeps the turns of a conversation in order', async () => {
  const store = new MemoryConversationStore();
  await store.append('a', [turn('1')]);
  await store.append('a', [turn('2'), turn('3')]);
  expect(await store.load('a')).toEqual([turn('1'), turn('2'), turn('3')]);
});

it('does not know a conversation that was never begun', async () => {
  expect(await new MemoryConversationStore().load('__proto__')).toBeUndefined();
});

it('does not change a history that somebody is reading', async () => {
  const store = new MemoryConversationStore();
  await store.append('a', [turn('1')]);
  const read = await store.load('a');
  await store.append('a', [turn('2')]);
  expect(read).toHaveLength(1);
});

it('forgets the conversation that was used longest ago when there are too many', async () => {
  const store = new MemoryConversationStore();
  for (let index = 0; index < 10_000; index++) await store.append(`c${index}`, [turn('x')]);
  await store.append('c0', [turn('again')]);
  await store.append('one more', [turn('x')]);
  expect(await store.count()).toBe(10_000);
  expect(await store.load('c1')).toBeUndefined();
  expect(await store.load('c0')).toHaveLength(2);
});

it('forgets old conversations before they fill the heap', async () => {
  const store = new MemoryConversationStore(10_000);
  const long = turn('x'.repeat(1_000));
  for (let index = 0; index < 15; index++) await store.append(`c${index}`, [long]);
  expect(await store.count()).toBe(9);
  expect(await store.load('c14')).toHaveLength(1);
  await store.append('huge', Array.from({ length: 20 }, () => long));
  expect(await store.load('huge')).toHaveLength(20); // the one in use is never taken away
  expect(await store.count()).toBe(1);
});
