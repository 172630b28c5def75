import type { BackgroundJobKind } from '../../../../src/kernel/facts.js';
import type { ClientMessage } from '../../../../src/http/openai/completion.schema.js';

/** What a chat program sends for itself, shortened to the words that tell it apart, and what it is to read. */
export interface BackgroundPrompt {
  readonly from: string;
  readonly kind: BackgroundJobKind;
  readonly messages: readonly ClientMessage[];
  readonly answer: string;
}

const QUESTION = 'How do I bake a sourdough bread at home?';
const CHAT = `USER: ${QUESTION}\nASSISTANT: Feed the starter.\nUSER: And then?\nASSISTANT: Knead.`;
const TITLE = 'How do I bake a sourdough';

const user = (text: string): ClientMessage => ({ role: 'user', text });
const system = (text: string): ClientMessage => ({ role: 'system', text });

/** The frame that the tasks of Open WebUI have in common; the words between are its own. */
const task = (what: string, form: string, rest = '') => user(`### Task:\n${what}\n\n### Guidelines:\n- Keep to the language of the chat.\n\n### Output:\n${form}\n\n### Chat History:\n<chat_history>\n${CHAT}\n</chat_history>${rest}`);
const libreChat = (words: string) => `${words}\n\nConversation:\nUser: ${QUESTION}\nAI: Feed the starter.`;

const GENERATE_TITLE = 'Generate a concise, 3-5 word title with an emoji summarizing the chat history.';
const AUTOCOMPLETE = 'You are an autocompletion system. Continue the text in `<text>`.\n5. If unsure, return: `{ "text": "" }`.';
const TOOL_CHOICE = 'Available Tools: [{"name": "get_time"}]\n\nYour task is to choose and return the correct tool(s) from the list of available tools based on the query.\n\n- Return only JSON.';

export const BACKGROUND_PROMPTS: readonly BackgroundPrompt[] = [
  { from: 'Open WebUI: a title as JSON', kind: 'title', messages: [task(GENERATE_TITLE, 'JSON format: { "title": "your concise title here" }')], answer: `{"title":"${TITLE}"}` },
  { from: 'Open WebUI: a title as text', kind: 'title', messages: [task(GENERATE_TITLE, 'Return ONLY the title text, nothing else.')], answer: TITLE },
  { from: 'Open WebUI: a title, under a system prompt', kind: 'title', messages: [system('You are a pirate.'), task(GENERATE_TITLE, 'JSON format: { "title": "…" }')], answer: `{"title":"${TITLE}"}` },
  { from: 'Open WebUI: tags', kind: 'tags', messages: [task('Generate 1-3 broad tags for the chat history.', 'JSON format: { "tags": ["tag1", "tag2", "tag3"] }')], answer: '{"tags":["General"]}' },
  { from: 'Open WebUI: follow-up questions', kind: 'follow_ups', messages: [task('Suggest 3-5 relevant follow-up questions.', 'JSON format: { "follow_ups": ["Question 1?", "Question 2?", "Question 3?"] }')], answer: '{"follow_ups":[]}' },
  { from: 'Open WebUI: search queries', kind: 'queries', messages: [task('Analyze the chat history to determine whether search queries are needed.', 'Strictly return in JSON format: \n{\n  "queries": ["query1", "query2"]\n}', '\n')], answer: '{"queries":[]}' },
  { from: 'Open WebUI: autocompletion', kind: 'autocomplete', messages: [task(AUTOCOMPLETE, 'Respond only in JSON format: `{ "text": "<your_completion>" }`.', '\n<type>General</type>  \n<text>How do I</text>  \n#### Output:\n')], answer: '{"text":""}' },
  { from: 'Open WebUI: a prompt for an image', kind: 'image_prompt', messages: [task('Generate a detailed prompt for an image.', 'Strictly return in JSON format:\n{\n    "prompt": "Your detailed description here."\n}')], answer: '{"prompt":"And then?"}' },
  { from: 'Open WebUI: an emoji', kind: 'emoji', messages: [user('Your task is to reflect the speaker\'s likely facial expression through a fitting emoji.\n\nMessage: ```That is great news```')], answer: '\u{1F642}' },
  { from: 'Open WebUI: which of its tools to use', kind: 'tool_choice', messages: [system(TOOL_CHOICE), user(`Query: History:\nUSER: """${QUESTION}"""\nQuery: ${QUESTION}`)], answer: '{"tool_calls":[]}' },
  { from: 'Open WebUI before 0.4: a title', kind: 'title', messages: [user(`Here is the query:\n${QUESTION}\n\nCreate a concise, 3-5 word phrase with an emoji as a title for the previous query. RESPOND ONLY WITH THE TITLE TEXT.`)], answer: TITLE },
  { from: 'LibreChat: a title', kind: 'title', messages: [user(libreChat('Provide a concise, 5-word-or-less title for the conversation, using title case conventions. Only return the title itself.'))], answer: TITLE },
  { from: 'LibreChat: a title, as a system message', kind: 'title', messages: [system(libreChat('Provide a concise, 5-word-or-less title for the conversation, using title case conventions. Only return the title itself.'))], answer: TITLE },
  { from: 'LibreChat: a title with its language', kind: 'title', messages: [user(libreChat('Analyze this conversation and provide:\n1. The detected language of the conversation\n2. A concise title in the detected language (5 words or less, no punctuation or quotation)'))], answer: `{"language":"und","title":"${TITLE}"}` },
  { from: 'LibreChat before 0.8: a title', kind: 'title', messages: [system(`Please generate a concise, 5-word-or-less title for the conversation, using its same language, with no punctuation.\n||>User:\n"${QUESTION}"\n||>Response:\n"Feed the starter."\n\n||>Title:`)], answer: TITLE },
  { from: 'LibreChat: a title of an assistant', kind: 'title', messages: [user(`Please generate a concise title (max 40 characters) for a conversation that starts with:\nUser: ${QUESTION}\nAssistant: Feed the starter.\n\nTitle:`)], answer: TITLE },
  { from: 'NextChat: a title', kind: 'title', messages: [user(QUESTION), { role: 'assistant', text: 'Feed the starter.' }, user('Please generate a four to five word title summarizing our conversation without any lead-in, punctuation, quotation marks, or additional text.')], answer: TITLE },
  { from: 'Chatbox: a name', kind: 'title', messages: [user(`Based on the chat history, give this conversation a name.\nKeep it short - 10 characters max, no quotes.\n\nHere's the conversation:\n\n\`\`\`\n${QUESTION}\n\n---------\n\nFeed the starter.\n\`\`\`\n\nOnly give the name, nothing else.\n\nThe name is:`)], answer: TITLE },
];

/** What people ask, and programs on their behalf: each is for the agent. */
export const ORDINARY_PROMPTS: readonly (readonly ClientMessage[])[] = [
  ...[
    'Generate a title for my blog post about otters.',
    'Generate a concise, 3-5 word title with an emoji summarizing the chat history.',
    'Give me three tags for this article: otters are mustelids.',
    'Suggest 3-5 relevant follow-up questions that I could ask my doctor.',
    'Provide a concise, 5-word-or-less title for my thesis on bread.',
    'Provide a concise, 5-word-or-less title for the conversation, using title case conventions.',
    'Please generate a concise title for a conversation between two otters.',
    'What does "### Task:" mean in a prompt of Open WebUI?',
    '### Task:\nBuild a to-do list for Monday.',
    '### Task:\nWrite a concise, 3-5 word title for each of my photos.',
    'Explain this prompt:\n### Task:\nGenerate tags.\n### Output:\nJSON format: { "tags": ["a"] }\n<chat_history>\nUSER: hi\n</chat_history>',
    '### Task:\nRespond to the user query using the provided context, with citations.\n\n<context>\n<source id="1">{ "title": "Bread" }</source>\n</context>\n\n<user_query>\nWhat is the title of the page?\n</user_query>',
    '### Task:\nTell me what { "title": "x" } is.\n<chat_history>\nUSER: hi\n</chat_history>\nAnd then tell me about the weather in Paris.',
    '### Task:\nSummarise what was said.\n<chat_history>\nUSER: hi\n</chat_history>',
    '### Task:\nWhat is wrong with { "title": 1 }</chat_history> <chat_history>',
    'Return {"tags": ["a"]} as YAML.',
    'Which search queries would find me a bakery? Answer as { "queries": [] }.',
    'Continue the text: the sun was setting over the horizon.',
    'Your task is to reflect on my week.',
    'What emoji fits the message "great news"?',
    'Here is the query:\nSELECT title FROM books\n\nWhy is it slow?',
    'Analyze this conversation and provide: a list of who said what.\nUser: hi\nAI: hello',
    'Based on the chat history, give this conversation a rating.',
    'Please generate a four to five word title for my song.',
    'Query: select the best title',
    'Available Tools: hammer, saw. Which one do I need for a shelf?',
    'You have been provided with a set of responses from various models to the latest user query: "How do I bake bread?"',
    'Name this conversation.',
  ].map((text) => [user(text)]),
  [system(TOOL_CHOICE), user('What can you do?')],
  [user('Please generate a four to five word title summarizing our conversation without any lead-in, punctuation'), { role: 'assistant', text: 'Baking Bread' }],
  [task(GENERATE_TITLE, 'JSON format: { "title": "…" }'), { role: 'assistant', text: '{"title":"Bread"}' }, user('Another one, please.')],
  [],
];
