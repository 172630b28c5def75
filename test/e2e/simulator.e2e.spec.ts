import { Child } from '../support/child.js';

it('task-agent simulator shows a command that scripts it', async () => {
  const child = Child.start(['simulator', '--port', '0']);
  const [, url = '', script = ''] = await child.said('stdout', /Script it: curl (\S+) -d '([^']+)'/);
  expect(await (await fetch(url, { method: 'POST', body: script })).json()).toEqual({ added: 2, queued: 2 });
  child.signal('SIGTERM');
  expect((await child.end()).code).toBe(0);
});
