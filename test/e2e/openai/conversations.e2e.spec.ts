import { eventually } from '../../support/eventually.js';
import { RunningApplication } from '../../support/running-application.js';
import { answerOf, assistant, complete, user } from './completions-client.js';

const SUM = 'What is 15 multiplied by 23?';
const ANSWER = '15 multiplied by 23 equals 345.';

let service: RunningApplication;
beforeAll(async () => {
  service = await RunningApplication.start();
});
afterAll(async () => {
  await service.stop();
  expect(service.simulator.violations).toEqual([]);
});

/** The messages that the model was last asked with. */
function lastAsked(): readonly object[] {
  return (service.simulator.requests.at(-1)?.body as { readonly messages: readonly object[] }).messages;
}

async function say(messages: readonly object[], headers: Readonly<Record<string, string>> = {}) {
  const response = await complete(service, { messages }, headers);
  expect(response.status).toBe(200);
  return { id: response.headers.get('x-conversation-id'), answer: await answerOf(response) };
}

it.each(['X-Session-Id', 'X-OpenWebUI-Chat-Id', 'X-LibreChat-Conversation-Id', 'X-Conversation-Id'])('a conversation that is named in %s goes on with what the tools found', async (header) => {
  const headers = { [header]: `chat of ${header}`.replaceAll(' ', '-') };
  const first = await say([user(SUM)], headers);
  const second = await say([user(SUM), assistant(first.answer), user('What is 2 + 2?')], headers);
  expect(second.id).toBe(first.id);
  expect(JSON.stringify(lastAsked())).toContain('"type":"tool_result"');
});

it('a conversation is the same one for /chat', async () => {
  const { id } = await say([user(SUM)], { 'x-session-id': 'both' });
  const answer = await (await service.chat({ message: 'What is 2 + 2?', conversation_id: id })).json() as object;
  expect(answer).toMatchObject({ outcome: 'success', conversation_id: id });
});

it('without a name it is what the client shows, each time anew', async () => {
  const shown = [user('My dog is called Rex.'), assistant('A fine name.'), user('What is 2 + 2?')];
  const [first, second] = [await say(shown), await say(shown)];
  expect(first.id).not.toBe(second.id);
  expect(lastAsked()[0]).toMatchObject({ role: 'user', content: [{ type: 'text', text: 'My dog is called Rex.' }] });
  const kept = await (await service.chat({ message: 'What is 3 + 4?', conversation_id: second.id })).json() as object;
  expect(kept).toMatchObject({ outcome: 'success' });
  expect(JSON.stringify(lastAsked())).toContain('Rex');
});

it('a message that was edited counts, and not what the server remembers', async () => {
  const headers = { 'x-session-id': 'edited' };
  const first = await say([user(SUM)], headers);
  const second = await say([user('What is 15 multiplied by 24?'), assistant('360'), user('What is 2 + 2?')], headers);
  expect(second.id).not.toBe(first.id);
  expect(JSON.stringify(lastAsked())).not.toContain('multiplied by 23');
  const third = await say([user(SUM), assistant(ANSWER), user('What is 2 + 2?')], headers);
  expect(third.id).toBe(first.id);
});

it('an answer that is asked for again does not see its first version', async () => {
  const headers = { 'x-session-id': 'regenerated' };
  const first = await say([user(SUM)], headers);
  const again = await say([user(SUM)], headers);
  expect([again.id === first.id, again.answer]).toEqual([false, ANSWER]);
  expect(JSON.stringify(lastAsked()).split('What is 15').length).toBe(2);
});

it('a conversation that the server never saw begins with what the client shows, and goes on from there', async () => {
  const headers = { 'x-session-id': 'from elsewhere'.replaceAll(' ', '-') };
  const shown = [{ role: 'system', content: 'Be brief.' }, user('My dog is called Rex.'), assistant('A fine name.'), user(SUM)];
  const first = await say(shown, headers);
  expect(lastAsked()[0]).toMatchObject({ role: 'user', content: [{ text: '<client_instructions>\nBe brief.\n</client_instructions>' }, { text: 'My dog is called Rex.' }] });
  const second = await say([...shown, assistant(first.answer), user('What is 2 + 2?')], headers);
  expect(second.id).toBe(first.id);
  expect(JSON.stringify(lastAsked())).toMatch(/Rex.*tool_result/s);
});

it('instructions reach the model with the first question, too', async () => {
  await say([{ role: 'developer', content: 'Be brief.' }, user('What is 2 + 2?')]);
  expect(lastAsked()).toMatchObject([{ role: 'user', content: [{ text: '<client_instructions>\nBe brief.\n</client_instructions>' }] }, { role: 'assistant' }, ...lastAsked().slice(2)]);
  expect(lastAsked()[2]).toMatchObject({ role: 'user', content: 'What is 2 + 2?' });
});

it('a run that failed leaves the conversation as it was', async () => {
  const headers = { 'x-session-id': 'failed' };
  const first = await say([user(SUM)], headers);
  service.simulator.enqueue({ kind: 'error', status: 401, type: 'authentication_error' });
  const shown = [user(SUM), assistant(first.answer), user('What is 2 + 2?')];
  expect((await complete(service, { messages: shown }, headers)).status).toBe(503);
  expect((await say(shown, headers)).id).toBe(first.id);
});

it('two requests of a conversation at once are one too many', async () => {
  const headers = { 'x-session-id': 'busy' };
  service.simulator.enqueue({ kind: 'hang' });
  const leaving = new AbortController();
  const waiting = fetch(`${service.url}/v1/chat/completions`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify({ messages: [user('One')] }), signal: leaving.signal }).catch((error: unknown) => error);
  await eventually(() => service.simulator.inFlight === 1);
  const response = await complete(service, { messages: [user('Two')] }, headers);
  expect([response.status, response.headers.get('retry-after'), await response.json()]).toMatchObject([409, '1', { error: { code: 'conversation_busy' } }]);
  leaving.abort();
  await waiting;
  await eventually(() => service.simulator.inFlight === 0);
});
