import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import OpenAI from 'openai';
import { MODEL, startServer } from './server.js';

let server, client;
before(async () => {
  server = await startServer();
  client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: server.key, maxRetries: 0 });
});
after(() => server?.stop());

const question = (more = {}) => ({
  model: MODEL,
  messages: [{ role: 'user', content: 'Tell me a story about a river.' }],
  max_tokens: 12,
  temperature: 0,
  ...more,
});

test('models are listed and shown', async () => {
  const ids = [];
  for await (const model of client.models.list()) ids.push(model.id);
  assert.deepEqual(ids, [MODEL]);
  assert.equal((await client.models.retrieve(MODEL)).object, 'model');
});

test('a stream says the same as a whole answer', async () => {
  const whole = await client.chat.completions.create(question());
  assert.equal(whole.choices[0].finish_reason, 'length');
  assert.equal(whole.usage.completion_tokens, 12);
  let text = '';
  let usage;
  const stream = await client.chat.completions.create(
    question({ stream: true, stream_options: { include_usage: true } }),
  );
  for await (const chunk of stream) {
    text += chunk.choices[0]?.delta?.content ?? '';
    usage = chunk.usage ?? usage;
  }
  assert.equal(text, whole.choices[0].message.content);
  // Only what was computed differs: the second time the prompt was known, but for its last token.
  const { prompt_tokens_details: first, ...said } = whole.usage;
  const { prompt_tokens_details: again, ...saidAgain } = usage;
  assert.deepEqual(saidAgain, said);
  assert.equal(first.cached_tokens, 0);
  assert.equal(again.cached_tokens, usage.prompt_tokens - 1);
});

test('the streaming helper understands us', async () => {
  const runner = client.chat.completions.stream(question());
  const final = await runner.finalChatCompletion();
  assert.ok(final.choices[0].message.content.length > 0);
});

test('several choices and log-probabilities', async () => {
  const answer = await client.chat.completions.create(
    question({ n: 2, logprobs: true, top_logprobs: 2, temperature: 1, seed: 5 }),
  );
  assert.deepEqual(answer.choices.map((choice) => choice.index), [0, 1]);
  for (const choice of answer.choices) {
    const bytes = choice.logprobs.content.flatMap((token) => token.bytes);
    assert.equal(new TextDecoder().decode(Uint8Array.from(bytes)), choice.message.content);
  }
});

test('errors are of the types of the SDK', async () => {
  await assert.rejects(client.chat.completions.create(question({ model: 'gpt-9' })), (error) => {
    assert.ok(error instanceof OpenAI.NotFoundError);
    assert.equal(error.code, 'model_not_found');
    return true;
  });
  await assert.rejects(client.chat.completions.create(question({ top_p: 7 })), (error) => {
    assert.ok(error instanceof OpenAI.BadRequestError);
    assert.equal(error.param, 'top_p');
    return true;
  });
  const stranger = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'ent_wrong', maxRetries: 0 });
  await assert.rejects(stranger.models.list(), OpenAI.AuthenticationError);
});

test('an aborted stream ends here and there', async () => {
  const stream = await client.chat.completions.create(
    question({ stream: true, max_tokens: 1500, logit_bias: { 0: -100, 2: -100 } }),
  );
  for await (const chunk of stream) {
    if (chunk.choices[0]?.delta?.content) stream.controller.abort();
  }
  const metrics = async () => (await fetch(`${server.url}/metrics`)).text();
  for (let i = 0; !/entente_engine_sequences_running\S* 0\n/.test(await metrics()); ++i) {
    assert.ok(i < 600, 'the sequence still runs');
    await new Promise((later) => setTimeout(later, 50));
  }
});

const weather = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'The weather in a city.',
    parameters: {
      type: 'object',
      properties: { city: { type: 'string', maxLength: 30 }, days: { type: 'integer', minimum: 1, maximum: 7 } },
      required: ['city', 'days'],
      additionalProperties: false,
    },
  },
};
const calling = (more = {}) =>
  question({ max_tokens: 200, tools: [weather], tool_choice: 'required', parallel_tool_calls: false, ...more });

test('a tool is called with valid arguments, whole and streamed', async () => {
  const whole = await client.chat.completions.create(calling());
  assert.equal(whole.choices[0].finish_reason, 'tool_calls');
  const { function: said } = whole.choices[0].message.tool_calls[0];
  assert.equal(said.name, 'get_weather');
  assert.deepEqual(Object.keys(JSON.parse(said.arguments)), ['city', 'days']);
  const final = await client.chat.completions.stream(calling()).finalChatCompletion();
  assert.deepEqual(Object.keys(JSON.parse(final.choices[0].message.tool_calls[0].function.arguments)), ['city', 'days']);
});

test('runTools calls the function and brings its result back', async () => {
  const asked = [];
  const run = (said) => {
    asked.push(said);
    return 'Sunny.';
  };
  const runner = client.chat.completions.runTools({
    ...calling({ tool_choice: { type: 'function', function: { name: 'get_weather' } } }),
    tools: [{ ...weather, function: { ...weather.function, parse: JSON.parse, function: run } }],
  });
  await runner.done();
  assert.equal(asked.length, 1);
  assert.ok(asked[0].days >= 1 && asked[0].days <= 7);
  assert.ok(runner.messages.some((message) => message.role === 'tool' && message.content === 'Sunny.'));
});

test('a schema is kept to', async () => {
  const schema = { type: 'object', properties: { sure: { type: 'boolean' } }, required: ['sure'], additionalProperties: false };
  const answer = await client.chat.completions.parse(
    question({ max_tokens: 60, response_format: { type: 'json_schema', json_schema: { name: 'answer', strict: true, schema } } }),
  );
  assert.equal(typeof answer.choices[0].message.parsed.sure, 'boolean');
});
