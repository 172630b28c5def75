import { understand } from '../../../../src/llm/simulator/understanding/understanding.js';
import type { MessagesRequest, ReplyBlock, RequestMessage } from '../../../../src/llm/simulator/protocol/messages-protocol.js';

const ALL = ['calculator', 'save_note', 'get_weather', 'web_search'];

function request(messages: readonly RequestMessage[], offered = ALL): MessagesRequest {
  return { model: 'simulated', max_tokens: 100, messages, tools: offered.map((name) => ({ name, input_schema: { type: 'object' } })) };
}

function reply(text: string, offered = ALL): readonly ReplyBlock[] {
  return understand(request([{ role: 'user', content: text }], offered)).content;
}

/** The calls of a reply, as "tool: first input, second input". */
function calls(blocks: readonly ReplyBlock[]): string[] {
  return blocks.flatMap((block) => (block.type === 'tool_use' ? [`${block.name}: ${Object.values(block.input as object).join(' | ')}`] : []));
}

function text(blocks: readonly ReplyBlock[]): string {
  return blocks.flatMap((block) => (block.type === 'text' ? [block.text] : [])).join('');
}

/** Plays a whole turn: the question, the calls that the model makes, and a result for each. */
function afterResults(question: string, results: readonly (string | { failed: string })[], offered = ALL): readonly ReplyBlock[] {
  const messages: RequestMessage[] = [{ role: 'user', content: question }];
  let left = [...results];
  for (let round = 0; left.length > 0; round += 1) {
    const asked = understand(request(messages, offered)).content.filter((block) => block.type === 'tool_use');
    if (asked.length === 0) throw new Error(`more results than calls for: ${question}`);
    const ids = asked.map((_, position) => `toolu_${round}_${position}`);
    messages.push({ role: 'assistant', content: asked.map(({ name, input }, position) => ({ type: 'tool_use', id: ids[position]!, name, input: input as Record<string, unknown> })) });
    messages.push({ role: 'user', content: asked.map((_, position) => {
      const result = left[position] ?? 'done';
      return { type: 'tool_result', tool_use_id: ids[position]!, ...(typeof result === 'string' ? { content: result } : { content: result.failed, is_error: true }) };
    }) });
    left = left.slice(asked.length);
  }
  return understand(request(messages, offered)).content;
}

describe('the understanding of a question', () => {
  it.each([
    ['What is 15 multiplied by 23?', '15 * 23'],
    ["what's 15 times 23", '15 * 23'],
    ['15 x 23', '15 * 23'],
    ['15x23=?', '15 * 23'],
    ['calculate 2+2', '2 + 2'],
    ['(3+4)*2', '(3 + 4) * 2'],
    ['Calculate (3 + 4) * (10 - 2) / 2', '(3 + 4) * (10 - 2) / 2'],
    ['10 - (3 - 1)', '10 - (3 - 1)'],
    ["what's 20% of 150", '20 / 100 * 150'],
    ["What's 15% tip on $80?", '15 / 100 * 80'],
    ['17 % 5', '17 % 5'],
    ['17 mod 5', '17 % 5'],
    ['What is the square root of 144?', 'sqrt(144)'],
    ['the square root of 9 plus 16', 'sqrt(9) + 16'],
    ['cube root of 27', '27 ** (1 / 3)'],
    ['2 to the power of 10', '2 ** 10'],
    ['What is 2 raised to the 8th power?', '2 ** 8'],
    ['2^10', '2 ** 10'],
    ['5 squared plus 3 cubed', '5 ** 2 + 3 ** 3'],
    ['144 divided by 12', '144 / 12'],
    ['100 minus 42 plus 7', '100 - 42 + 7'],
    ['How much is 1,000 plus 250.5?', '1000 + 250.5'],
    ['What is twenty-five times four?', '25 * 4'],
    ['three hundred twenty minus one', '320 - 1'],
    ['What is 1.5 million times 2?', '1500000 * 2'],
    ['the average of 2, 4 and 6', 'sum(2, 4, 6) / 3'],
    ['What is the sum of 1, 2 and 3?', 'sum(1, 2, 3)'],
    ['add 5 and 7', '5 + 7'],
    ['subtract 5 from 20', '20 - 5'],
    ['divide 144 by 12', '144 / 12'],
    ['half of 90', '90 / 2'],
    ['log base 10 of 1000', 'log10(1000)'],
    ['sin of 30 degrees', 'sin(30 * pi / 180)'],
    ['what is sqrt(16) + abs(-3)?', 'sqrt(16) + abs(-3)'],
    ['max(3, 8, 2)', 'max(3, 8, 2)'],
    ['pi times 2', 'pi * 2'],
    ['-5 + 3', '-5 + 3'],
    ['I have 15 times 23 apples, how many is that?', '15 * 23'],
    ["I'd like to know what 3 plus 4 is", '3 + 4'],
  ])('reads arithmetic: %s', (question, expression) => {
    expect(calls(reply(question))).toEqual([`calculator: ${expression}`]);
  });

  it.each([
    ['Save a note called groceries: milk and eggs', 'groceries | milk and eggs'],
    ['Please save a note titled shopping list: bread, butter and jam.', 'shopping-list | bread, butter and jam'],
    ['Save a note that the door code is 1234', 'door-code-1234 | the door code is 1234'],
    ['Save a note: call the bank tomorrow', 'call-bank-tomorrow | call the bank tomorrow'],
    ['note that Bob owes me 20', 'bob-owes-me-20 | Bob owes me 20'],
    ["remember that my sister's birthday is on 5 March", "sisters-birthday-5-march | my sister's birthday is on 5 March"],
    ['Remember to call mom', 'call-mom | call mom'],
    ['Save "buy milk" as a note called shopping', 'shopping | buy milk'],
    ['Save buy milk as list.txt', 'list.txt | buy milk'],
    ['Create a note named ideas with the content a robot that paints', 'ideas | a robot that paints'],
    ['Save a note called "weather in Paris and 2+2": search for x', 'weather-paris-2-2 | search for x'],
    ['Can you save a note called todo: call mom, write report', 'todo | call mom, write report'],
    ['Save a note called "../../etc/passwd": gone', '../../etc/passwd | gone'],
    ['Write down that the meeting is at 10:30', 'meeting-10-30 | the meeting is at 10:30'],
    ['Take a note: what is love', 'what-love | what is love'],
    ['Save a note: こんにちは', 'note | こんにちは'],
  ])('reads a note: %s', (question, input) => {
    expect(calls(reply(question))).toEqual([`save_note: ${input}`]);
  });

  it.each([
    ["What's the weather in Paris?", ['Paris']],
    ['weather in New York and Tokyo', ['New York', 'Tokyo']],
    ["What's the weather like in Paris today?", ['Paris']],
    ["How's the weather in London right now?", ['London']],
    ['Is it raining in Oslo?', ['Oslo']],
    ["What is Tokyo's weather?", ['Tokyo']],
    ['Weather in Paris, France', ['Paris, France']],
    ['weather in Paris, London and Tokyo', ['Paris', 'London', 'Tokyo']],
    ["What's the weather in Paris, France and Rome, Italy?", ['Paris, France', 'Rome, Italy']],
    ['Weather in Trinidad and Tobago', ['Trinidad and Tobago']],
    ['Tell me the weather for Berlin, please', ['Berlin']],
    ['look up the weather in Madrid', ['Madrid']],
    ['How hot is it in Dubai?', ['Dubai']],
    ["What's the weather in São Paulo?", ['São Paulo']],
  ])('reads the weather: %s', (question, places) => {
    expect(calls(reply(question))).toEqual(places.map((place) => `get_weather: ${place}`));
  });

  it.each([
    ['Search for cats and dogs', 'cats and dogs'],
    ['Search the web for NestJS 12 release notes', 'NestJS 12 release notes'],
    ['look up the history of TCP', 'the history of TCP'],
    ['Can you search online for Node.js 24 features?', 'Node.js 24 features'],
    ['Find information about OpenTelemetry', 'OpenTelemetry'],
    ['Search for "what is 2+2"', 'what is 2+2'],
    ['Search for the weather in Paris. Thanks!', 'the weather in Paris'],
  ])('reads a search: %s', (question, query) => {
    expect(calls(reply(question))).toEqual([`web_search: ${query}`]);
  });

  it.each([
    ["What is 15 multiplied by 23? Also what's the weather in Paris?", ['calculator: 15 * 23', 'get_weather: Paris']],
    ["What's 2+2 and the weather in Paris?", ['calculator: 2 + 2', 'get_weather: Paris']],
    ["What's 15 times 23 and 4 plus 5?", ['calculator: 15 * 23', 'calculator: 4 + 5']],
    ['Search for NestJS and look up Fastify', ['web_search: NestJS', 'web_search: Fastify']],
    ["Save a note called groceries: milk and eggs and what's the weather in Paris?", ['save_note: groceries | milk and eggs', 'get_weather: Paris']],
    ['Calculate 15 * 23; search for cats; then save a note called a: hello', ['calculator: 15 * 23', 'web_search: cats', 'save_note: a | hello']],
    ['Weather in Paris, 3 * 4, search for bees', ['get_weather: Paris', 'calculator: 3 * 4', 'web_search: bees']],
    ['1. calculate 2+3\n2. search for TCP\n3. weather in Rome', ['calculator: 2 + 3', 'web_search: TCP', 'get_weather: Rome']],
    ['Hi, can you please calculate 7 * 6 and then tell me the weather in Rome?', ['calculator: 7 * 6', 'get_weather: Rome']],
    ['What is the sum of 10 and 5, the weather in Oslo, and save a note that says done', ['calculator: sum(10, 5)', 'get_weather: Oslo', 'save_note: done | done']],
  ])('finds several wishes at once: %s', (question, expected) => {
    expect(calls(reply(question))).toEqual(expected);
  });

  it.each([
    'Hello', 'What is 5?', 'What happened on 2024-01-15?', 'Chapter 1.2.3 is about 24/7 support', 'It costs 5-10 dollars', 'The 15th of May',
    'What is the capital of France?', 'What happened in round 2?', 'Do you remember me?', 'What is 10 plus?', '((((((', 'Save time',
  ])('calls nothing for: %s', (question) => {
    expect(calls(reply(question))).toEqual([]);
    expect(text(reply(question)).trim()).not.toBe('');
  });

  it('says that it is simulated, what it can do and how to get a real model', () => {
    const answer = text(reply('Tell me a joke'));
    expect(answer).toContain('simulated model');
    expect(answer).toContain('no API key is set');
    expect(answer).toContain('work out arithmetic');
    expect(answer).toContain('ANTHROPIC_API_KEY');
    expect(text(reply('Tell me a joke', ['web_search']))).not.toContain('arithmetic');
  });

  it('asks back when the place, the text or the query is missing', () => {
    expect(text(reply("What's the weather?"))).toContain('Which place');
    expect(text(reply('Save a note'))).toContain('What shall the note say');
    expect(text(reply('search'))).toContain('What shall I search for');
  });

  it('calls only what the request offers and says what is missing', () => {
    const blocks = reply('What is 2+2 and the weather in Paris?', ['calculator']);
    expect(calls(blocks)).toEqual(['calculator: 2 + 2']);
    expect(text(blocks)).toBe('I can not look up the weather: this request offers me no get_weather tool.');
    expect(text(reply('Save a note: hi', []))).toBe('I can not save a note: this request offers me no save_note tool.');
  });

  it('calls nothing when tool_choice is none, and one at a time when parallel calls are switched off', () => {
    const messages: RequestMessage[] = [{ role: 'user', content: 'What is 2+2 and the weather in Paris?' }];
    expect(calls(understand({ ...request(messages), tool_choice: { type: 'none' } }).content)).toEqual([]);
    const serial = { ...request(messages), tool_choice: { type: 'auto', disable_parallel_tool_use: true } } as const;
    expect(calls(understand(serial).content)).toEqual(['calculator: 2 + 2']);
    const next = { ...serial, messages: [
      ...messages,
      { role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'calculator', input: { expression: '2 + 2' } }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'a', content: '4' }] },
    ] } satisfies MessagesRequest;
    expect(calls(understand(next).content)).toEqual(['get_weather: Paris']);
  });
});

describe('the answer from tool results', () => {
  it.each([
    ['What is 15 multiplied by 23?', '345', '15 multiplied by 23 equals 345.'],
    ['What is 15 multiplied by 23?', '{"result": 345}', '15 multiplied by 23 equals 345.'],
    ['What is 15 multiplied by 23?', '15 * 23 = 345', '15 multiplied by 23 equals 345.'],
    ['What is 15 multiplied by 23?', '<tool_output source="calculator">345</tool_output>', '15 multiplied by 23 equals 345.'],
    ['What is the square root of 144?', '12', 'The square root of 144 equals 12.'],
    ['(3+4)*2', '14', '(3+4)*2 equals 14.'],
    ['add 5 and 7', '12', '5 + 7 equals 12.'],
    ['half of 5', '2.5', 'Half of 5 equals 2.5.'],
    ['Save a note called groceries: milk', 'Saved.', 'I saved the note "groceries".'],
    ["What's the weather in Paris?", 'Paris, France: 18 °C, clear sky', 'Paris, France: 18 °C, clear sky.'],
    ["What's the weather in Paris?", '{"temperature_c": 18, "sky": "clear"}', 'The weather in Paris: temperature c 18, sky clear.'],
    ['Search for TCP', 'TCP is a protocol.', 'Searching for "TCP" found: TCP is a protocol.'],
  ])('%s', (question, result, answer) => {
    expect(afterResults(question, [result])).toEqual([{ type: 'text', text: answer }]);
  });

  it('tells several results in the order of the calls', () => {
    expect(text(afterResults("What's 15 times 23 and the weather in Rome?", ['345', 'Rome: 20 °C'])))
      .toBe('15 times 23 equals 345. Rome: 20 °C.');
  });

  it.each([
    ['What is 1/0?', 'Division by zero', 'I could not calculate 1/0: Division by zero.'],
    ['Save a note called a: b', 'No space left', 'I could not save the note "a": No space left.'],
    ['weather in Atlantis', 'No such place', 'I could not look up the weather in Atlantis: No such place.'],
    ['Search for TCP', 'Timed out', 'I could not search for "TCP": Timed out.'],
  ])('a failure is told as one: %s', (question, failed, answer) => {
    expect(text(afterResults(question, [{ failed }]))).toBe(answer);
  });

  it('a note of a result waits for the result and holds it', () => {
    const question = 'What is 15 multiplied by 23? Then save the result as a note called math.';
    expect(calls(reply(question))).toEqual(['calculator: 15 * 23']);
    expect(calls(afterResults(question, ['345']))).toEqual(['save_note: math | 15 multiplied by 23 equals 345.']);
    expect(text(afterResults(question, ['345', 'ok']))).toBe('15 multiplied by 23 equals 345. I saved the note "math".');
  });

  it('nothing is saved when there is no result to save', () => {
    const blocks = afterResults('What is 1/0? Save the answer.', [{ failed: 'Division by zero' }]);
    expect(calls(blocks)).toEqual([]);
    expect(text(blocks)).toBe('I could not calculate 1/0: Division by zero. I saved no note, because there was no result to save.');
  });

  it('"save that" after an answer saves the answer', () => {
    const blocks = understand(request([
      { role: 'user', content: 'What is 2+2?' }, { role: 'assistant', content: '2+2 equals 4.' }, { role: 'user', content: 'Save that as a note called sum' },
    ])).content;
    expect(calls(blocks)).toEqual(['save_note: sum | 2+2 equals 4.']);
  });

  it('answers from results of calls that it did not make itself', () => {
    const blocks = understand(request([
      { role: 'user', content: 'What is 2+2?' },
      { role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'lookup', input: {} }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'a', content: 'forty two' }] },
    ])).content;
    expect(blocks).toEqual([{ type: 'text', text: 'The tool lookup answered: forty two.' }]);
  });

  it('an earlier turn is not told again', () => {
    const blocks = understand(request([
      { role: 'user', content: 'What is 2+2?' },
      { role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'calculator', input: { expression: '2 + 2' } }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'a', content: '4' }] },
      { role: 'assistant', content: '2+2 equals 4.' },
      { role: 'user', content: 'weather in Rome' },
    ])).content;
    expect(calls(blocks)).toEqual(['get_weather: Rome']);
  });

  it('a last request without tools still tells the results that are there', () => {
    const done: RequestMessage[] = [
      { role: 'user', content: 'What is 2+2?' },
      { role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'calculator', input: { expression: '2 + 2' } }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'a', content: '4' }] },
    ];
    expect(text(understand(request(done, [])).content)).toBe('2+2 equals 4.');
  });

  it.each(['1 '.repeat(2_000), '('.repeat(4_000), 'and '.repeat(1_000), 'save a note called '.repeat(300), 'x'.repeat(100_000), "'".repeat(4_000)])(
    'a hostile text gets an answer too (%#)',
    (question) => {
      expect(reply(question).length).toBeGreaterThan(0);
    },
  );
});
