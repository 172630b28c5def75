import { parseId, parseLastEventId, parseRunListQuery, parseRunRequest } from '../../../../src/http/runs/run-request.schema.js';

const invalid = (words: string | RegExp) => expect.objectContaining({ code: 'invalid_request', errorType: 'validation', publicMessage: expect.stringMatching(words) });

describe('a request for a run', () => {
  it('needs a message, and is refused while its conversation is busy unless it says otherwise', () => {
    expect(parseRunRequest({ message: 'Hi' })).toEqual({ message: 'Hi', priority: 0, on_busy: 'reject' });
  });

  it('may say all that there is to say', () => {
    const request = { message: 'Hi', conversation_id: 'conv_1', priority: 9, on_busy: 'queue' };
    expect(parseRunRequest(request)).toEqual(request);
  });

  it.each([
    [undefined, /^body: must be a JSON object/], [{}, /^message:/], [{ message: '' }, /^message:/], [{ message: ' ' }, /^message: must not be blank/],
    [{ message: 'x'.repeat(32_001) }, /^message:/], [{ message: 'Hi', priority: 10 }, /^priority:/], [{ message: 'Hi', priority: -1 }, /^priority:/],
    [{ message: 'Hi', priority: 0.5 }, /^priority:/], [{ message: 'Hi', priority: '1' }, /^priority:/], [{ message: 'Hi', priority: null }, /^priority:/],
    [{ message: 'Hi', on_busy: 'wait' }, /^on_busy:/], [{ message: 'Hi', conversation_id: '../x' }, /^conversation_id:/], [{ message: 'Hi', stream: true }, /^body: unknown field "stream"/],
  ])('that is wrong is told where: %j', (body, words) => {
    expect(() => parseRunRequest(body)).toThrow(invalid(words));
  });
});

describe('a query for runs', () => {
  it('that says nothing asks for the first fifty', () => {
    expect(parseRunListQuery({})).toEqual({ limit: 50 });
  });

  it('reads numbers and moments from text', () => {
    expect(parseRunListQuery({ status: 'ended', outcome: 'error', min_duration: '0.5', max_duration: '60', since: '2026-01-01T00:00:00Z', until: '2026-01-01T02:00:00+02:00', limit: '200' })).toEqual({
      status: 'ended', outcome: 'error', min_duration: 0.5, max_duration: 60, since: Date.UTC(2026, 0, 1), until: Date.UTC(2026, 0, 1), limit: 200,
    });
  });

  it.each([
    [{ status: 'done' }, /^status:/], [{ status: ['ended', 'queued'] }, /^status:/], [{ outcome: 'ok' }, /^outcome:/], [{ limit: '0' }, /^limit:/], [{ limit: '201' }, /^limit:/], [{ limit: '1.5' }, /^limit:/],
    [{ limit: '' }, /^limit:/], [{ limit: 'all' }, /^limit:/], [{ min_duration: '-1' }, /^min_duration:/], [{ min_duration: 'x' }, /^min_duration:/], [{ min_duration: 'Infinity' }, /^min_duration:/], [{ max_duration: '1e10' }, /^max_duration:/],
    [{ since: 'yesterday' }, /^since:/], [{ since: '2026-01-01' }, /^since:/], [{ until: '2026-02-30T00:00:00Z' }, /^until:/], [{ until: '2026-01-01T00:00:00' }, /^until:/],
    [{ conversation_id: "' or 1=1" }, /^conversation_id: must be an id/], [{ cursor: 'x'.repeat(501) }, /^cursor:/], [{ stauts: 'ended' }, /unknown field "stauts"/],
  ])('that is wrong is told where: %j', (query, words) => {
    expect(() => parseRunListQuery(query)).toThrow(invalid(words));
  });
});

describe('an id in a path', () => {
  it.each(['run_1', 'run_0f2c5b9e-7a54-4d8f-9b1e-1d2c3b4a5f6e', 'A', 'x'.repeat(128)])('may be %s', (id) => {
    expect(parseId(id)).toBe(id);
  });

  it.each(['', '..', 'a/b', 'a b', 'a\n', 'ä', 'x'.repeat(129), undefined, 7])('may not be %j', (id) => {
    expect(() => parseId(id)).toThrow(invalid(/must be/));
  });
});

describe('a Last-Event-ID', () => {
  it.each([[undefined, 0], ['', 0], ['0', 0], ['1000001', 1_000_001], ['9007199254740991', Number.MAX_SAFE_INTEGER]])('%j means everything behind %d', (text, after) => {
    expect(parseLastEventId(text)).toBe(after);
  });

  it.each(['-1', '1.5', 'abc', '9007199254740993', 'Infinity', 'NaN', '1, 2'])('%j is refused', (text) => {
    expect(() => parseLastEventId(text)).toThrow(invalid(/./));
  });
});
