// The Vercel AI SDK through four of its providers: OpenAI's responses and chat, any server that speaks OpenAI's chat, and
// Anthropic's messages. Each says the same with the same model.
import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { embed, embedMany, generateObject, generateText, isStepCount, streamText, tool } from 'ai';
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { z } from 'zod';
import { MODEL, startServer } from './server.js';

let server;
const named = {}, models = {};
before(async () => {
  server = await startServer();
  const options = { baseURL: `${server.url}/v1`, apiKey: server.key };
  const openai = createOpenAI(options);
  const compatible = createOpenAICompatible({ name: 'entente', includeUsage: true, supportsStructuredOutputs: true, ...options });
  named.responses = (name) => openai.responses(name);
  named.chat = (name) => openai.chat(name);
  named.compatible = (name) => compatible.chatModel(name);
  named.anthropic = createAnthropic(options);
  for (const name of Object.keys(named)) models[name] = named[name](MODEL);
  models.embedding = openai.embedding(MODEL);
});
after(() => server?.stop());

const asked = (more = {}) => ({
  prompt: 'Tell me a story about a river.',
  maxOutputTokens: 24,
  temperature: 0,
  maxRetries: 0,
  ...more,
});
const weather = (execute) =>
  tool({
    description: 'The weather in a city.',
    inputSchema: z.object({ city: z.string().max(30), days: z.number().int().min(1).max(7) }),
    execute,
  });

for (const name of ['responses', 'chat', 'compatible', 'anthropic']) {
  test(`${name}: a text, whole and streamed`, async () => {
    const whole = await generateText(asked({ model: models[name] }));
    assert.ok(whole.text.length > 20);
    assert.equal(whole.finishReason, 'length');
    assert.equal(whole.usage.outputTokens, 24);
    assert.ok(whole.usage.inputTokens > 10);
    const stream = streamText(asked({ model: models[name] }));
    let text = '';
    for await (const piece of stream.textStream) text += piece;
    assert.equal(text, whole.text);
    assert.equal(await stream.finishReason, 'length');
    assert.equal((await stream.usage).outputTokens, 24);
  });

  test(`${name}: a tool is called, and its result comes back to the model`, async () => {
    const calls = [];
    const answer = await generateText(
      asked({
        model: models[name],
        prompt: 'What is the weather in Paris for three days?',
        maxOutputTokens: 120,
        tools: {
          weather: weather(async (input) => {
            calls.push(input);
            return { sky: 'sunny' };
          }),
        },
        toolChoice: 'required',
        stopWhen: isStepCount(2),
      }),
    );
    assert.ok(calls.length >= 1 && calls[0].days >= 1 && calls[0].days <= 7, JSON.stringify(calls));
    assert.equal(answer.steps.length, 2);
    assert.equal(answer.steps[0].finishReason, 'tool-calls');
    assert.deepEqual(answer.steps[0].toolResults[0].output, { sky: 'sunny' });
  });

  test(`${name}: an object of a schema`, async () => {
    const { object } = await generateObject(
      asked({
        model: models[name],
        prompt: 'How is the weather?',
        maxOutputTokens: 80,
        schema: z.object({ sky: z.enum(['blue', 'grey']), degrees: z.number().int().min(-30).max(50) }),
      }),
    );
    assert.ok(['blue', 'grey'].includes(object.sky) && Number.isInteger(object.degrees));
  });

  test(`${name}: an error says what it is`, async () => {
    await assert.rejects(generateText(asked({ model: named[name]('gpt-9') })), (error) => {
      assert.equal(error.statusCode, 404);
      assert.match(error.message, /gpt-9/);
      return true;
    });
  });
}

test('the same model says the same in every dialect', async () => {
  const texts = new Set();
  for (const name of ['responses', 'chat', 'compatible', 'anthropic'])
    texts.add((await generateText(asked({ model: models[name], maxOutputTokens: 12 }))).text.trim());
  assert.equal(texts.size, 1, [...texts].join(' | '));
});

test('vectors of one text and of many', async () => {
  const { embedding } = await embed({ model: models.embedding, value: 'a river', maxRetries: 0 });
  const { embeddings } = await embedMany({ model: models.embedding, values: ['a zebra', 'a river'], maxRetries: 0 });
  const product = embedding.reduce((sum, x, i) => sum + x * embeddings[1][i], 0);
  assert.ok(product > 0.999, `${product}`);
});

test('an aborted stream ends', async () => {
  const stop = new AbortController();
  const stream = streamText(asked({ model: models.chat, maxOutputTokens: 1500, abortSignal: stop.signal, onError() {} }));
  for await (const piece of stream.textStream) if (piece) stop.abort();
  const metrics = async () => (await fetch(`${server.url}/metrics`)).text();
  for (let i = 0; !/entente_engine_sequences_running\S* 0\n/.test(await metrics()); ++i) {
    assert.ok(i < 600, 'the sequence still runs');
    await new Promise((later) => setTimeout(later, 50));
  }
});
