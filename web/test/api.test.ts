// The door to the server: what is sent, and what a person is told when it goes wrong.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { ApiError, ask, listModels, readSession, signIn, signOut } from '../src/lib/api.ts';
import type { AnswerEvent } from '../src/lib/api.ts';

const realFetch = globalThis.fetch;
afterEach(() => {
  globalThis.fetch = realFetch;
});

interface Sent {
  path: string;
  init: RequestInit & { headers: Record<string, string> };
}

function answerWith(response: () => Response | Promise<Response>): Sent[] {
  const sent: Sent[] = [];
  globalThis.fetch = async (path, init) => {
    sent.push({ path: String(path), init: init as Sent['init'] });
    return response();
  };
  return sent;
}

const stream = (text: string, headers: Record<string, string> = {}) => new Response(text, { headers });
const chunk = (fields: object) => `data: ${JSON.stringify(fields)}\n\n`;
const text = (content: string) => chunk({ choices: [{ delta: { content }, finish_reason: null }], usage: null });
const errorBody = (code: string, message: string) => JSON.stringify({ error: { message, type: 't', param: null, code } });

async function read(events: AsyncGenerator<AnswerEvent>): Promise<{ events: AnswerEvent[]; error: unknown }> {
  const seen: AnswerEvent[] = [];
  try {
    for await (const event of events) seen.push(event);
  } catch (error) {
    return { events: seen, error };
  }
  return { events: seen, error: undefined };
}

const question = () => ask('m', [{ role: 'user', content: 'q' }], new AbortController().signal);

test('an answer: who gives it, its text, how it ended, what it took', async () => {
  const sent = answerWith(() =>
    stream(
      text('Hel') + text('lo') + chunk({ choices: [{ delta: {}, finish_reason: 'stop' }], usage: null }) +
        chunk({ choices: [], usage: { completion_tokens: 2 } }) + 'data: [DONE]\n\n',
      { 'entente-model': 'M', 'entente-deployment': 'here', 'entente-provider': 'local', 'entente-place': 'FR', 'x-request-id': 'req_1' },
    ),
  );
  assert.deepEqual(await read(question()), {
    error: undefined,
    events: [
      { type: 'begun', model: 'M', deployment: 'here', provider: 'local', place: 'FR', request: 'req_1' },
      { type: 'text', text: 'Hel' },
      { type: 'text', text: 'lo' },
      { type: 'finished', reason: 'stop' },
      { type: 'usage', tokens: 2 },
    ],
  });
  const body = JSON.parse(String(sent[0]?.init.body)) as object;
  assert.deepEqual(body, {
    model: 'm', messages: [{ role: 'user', content: 'q' }], stream: true, stream_options: { include_usage: true },
  });
});

test('an error in mid-stream keeps what came and says what the server said', async () => {
  answerWith(() => stream(text('half') + `data: ${errorBody('upstream_failed', 'The engine stopped.')}\n\n`));
  const { events, error } = await read(question());
  assert.deepEqual(events.at(-1), { type: 'text', text: 'half' });
  assert.ok(error instanceof ApiError);
  assert.deepEqual(error.failure, { code: 'upstream_failed', message: 'The engine stopped.' });
});

test('a stream without its end is a cut, never a whole answer', async () => {
  for (const rest of ['', 'data: {"choices', chunk({ choices: [{ delta: {}, finish_reason: 'stop' }] })]) {
    answerWith(() => stream(text('half') + rest));
    const { error } = await read(question());
    assert.equal((error as ApiError).code, 'cut', rest);
  }
});

test('what is not JSON is not an answer', async () => {
  answerWith(() => stream('data: <html>\n\n'));
  assert.equal(((await read(question())).error as ApiError).code, 'not_an_answer');
});

test('a refusal carries status, code and when to come back', async () => {
  answerWith(() => new Response(errorBody('overloaded', 'Full.'), { status: 503, headers: { 'retry-after': '3' } }));
  const { error } = await read(question());
  assert.ok(error instanceof ApiError);
  assert.equal(error.status, 503);
  assert.deepEqual(error.failure, { code: 'overloaded', message: 'Full.', retryAfter: 3 });
});

test('a refusal in no language of ours is said to be one', async () => {
  answerWith(() => new Response('<h1>502 Bad Gateway</h1>', { status: 502 }));
  await assert.rejects(listModels(), { code: 'not_an_answer', status: 502 });
});

test('no network is said to be that; a stop by the person is not', async () => {
  answerWith(() => Promise.reject(new TypeError('Failed to fetch')));
  await assert.rejects(listModels(), { code: 'network', status: 0 });

  const stop = new AbortController();
  stop.abort(new Error('stopped'));
  answerWith(() => Promise.reject(stop.signal.reason as Error));
  const { error } = await read(ask('m', [], stop.signal));
  assert.equal((error as Error).message, 'stopped');
});

test('addresses are relative, and whatever changes something carries the header of the page', async () => {
  const sent = answerWith(() => new Response(null, { status: 204 }));
  await signIn({ key: 'ent_1' });
  await signOut();
  for (const { path, init } of sent) {
    assert.doesNotMatch(path, /^\/|:/);
    assert.equal(init.headers['X-Entente-Page'], '1');
  }
  assert.deepEqual(sent.map(({ init }) => init.method), ['POST', 'DELETE']);
});

test('nobody signed in is no failure', async () => {
  answerWith(() => new Response(errorBody('invalid_api_key', 'No key.'), { status: 401 }));
  assert.equal(await readSession(), undefined);
  answerWith(() => new Response('{"signed_in":true,"user":"k"}'));
  assert.equal(await readSession(), 'k');
  answerWith(() => new Response(errorBody('internal_error', 'x'), { status: 500 }));
  await assert.rejects(readSession(), { status: 500 });
});
