// Ollama's own JavaScript SDK.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Ollama } from 'ollama';
import { MODEL, startServer } from './server.js';

let server, client;
before(async () => {
  server = await startServer();
  client = new Ollama({ host: server.url, headers: { Authorization: `Bearer ${server.key}` } });
});
after(() => server?.stop());

const asked = (more = {}) => ({
  model: MODEL,
  messages: [{ role: 'user', content: 'Tell me a story about a river.' }],
  options: { temperature: 0, num_predict: 12 },
  ...more,
});

test('models are listed, shown and running', async () => {
  const { models } = await client.list();
  assert.deepEqual(models.map((model) => model.model), [MODEL]);
  assert.ok(models[0].size > 50_000_000 && /^[0-9a-f]{64}$/.test(models[0].digest));
  const shown = await client.show({ model: MODEL });
  assert.deepEqual(shown.capabilities, ['completion']);
  assert.ok(shown.model_info['llama.context_length'] >= 2048);
  await client.chat(asked());
  assert.equal((await client.ps()).models[0].model, MODEL);
});

test('a chat, whole and streamed', async () => {
  const whole = await client.chat(asked());
  assert.ok(whole.done && whole.message.content && whole.eval_count === 12);
  let text = '';
  for await (const part of await client.chat(asked({ stream: true }))) text += part.message.content;
  assert.equal(text, whole.message.content);
});

test('a text goes on, and texts become vectors', async () => {
  const answer = await client.generate({ model: MODEL, prompt: 'A river', options: { num_predict: 4 } });
  assert.ok(answer.response && answer.done);
  const { embeddings } = await client.embed({ model: MODEL, input: ['a', 'b'] });
  assert.equal(embeddings.length, 2);
});

test('a schema is kept to, and an abort ends a stream', async () => {
  const format = { type: 'object', properties: { sure: { type: 'boolean' } }, required: ['sure'] };
  const answer = await client.chat(asked({ format, options: { num_predict: 60 } }));
  assert.equal(typeof JSON.parse(answer.message.content).sure, 'boolean');
  const stream = await client.chat(asked({ stream: true, options: { num_predict: 1500 } }));
  await assert.rejects(async () => {
    for await (const part of stream) if (part.message.content) stream.abort();
  }, { name: 'AbortError' });
});

test('errors are the SDK’s', async () => {
  await assert.rejects(client.chat(asked({ model: 'nothing' })), (error) => error.status_code === 404);
});
