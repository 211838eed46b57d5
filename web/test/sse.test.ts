// A network may cut a stream anywhere, so every stream here is read in pieces of every size that has ever hurt somebody.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readEvents, SseParser } from '../src/lib/sse.ts';
import type { ServerEvent } from '../src/lib/sse.ts';

const sizes = [1, 2, 3, 4, 5, 6, 7, 8, 16, 31, Infinity];

function inPieces(bytes: Uint8Array, size: number): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (let at = 0; at < bytes.length; at += size) controller.enqueue(bytes.slice(at, at + size));
      controller.close();
    },
  });
}

async function all(body: ReadableStream<Uint8Array>): Promise<ServerEvent[]> {
  const events = [];
  for await (const event of readEvents(body)) events.push(event);
  return events;
}

const message = (data: string): ServerEvent => ({ type: 'message', data });

const streams: [string, string, ServerEvent[]][] = [
  ['an answer', 'data: {"a":1}\n\ndata: {"a":2}\n\ndata: [DONE]\n\n', ['{"a":1}', '{"a":2}', '[DONE]'].map(message)],
  ['characters of one to four bytes', 'data: aé語🧭\n\ndata: مرحبا\n\n', ['aé語🧭', 'مرحبا'].map(message)],
  ['CR LF', 'data: one\r\n\r\ndata: two\r\n\r\n', ['one', 'two'].map(message)],
  ['CR alone', 'data: one\r\rdata: two\r\r', ['one', 'two'].map(message)],
  ['line ends of every kind', 'data: a\r\ndata: b\ndata: c\r\n\r\ndata: d\n\r\n', ['a\nb\nc', 'd'].map(message)],
  ['several lines of data', 'data: one\ndata:\ndata: three\n\n', [message('one\n\nthree')]],
  ['only one space belongs to the field', 'data:  two\n\ndata:none\n\n', [' two', 'none'].map(message)],
  ['comments and unknown fields', ': keep alive\n\nid: 7\nretry: 10\nodd\ndata: x\n\n', [message('x')]],
  ['named events', 'event: error\ndata: no\n\ndata: yes\n\n', [{ type: 'error', data: 'no' }, message('yes')]],
  ['a name without data is no event', 'event: ping\n\ndata: x\n\n', [message('x')]],
  ['a byte order mark', '\uFEFFdata: x\n\n', [message('x')]],
  ['an event that was cut', 'data: whole\n\ndata: cut', [message('whole')]],
  ['a line end without its empty line', 'data: whole\n\ndata: cut\n', [message('whole')]],
  ['nothing', '', []],
];

for (const [name, text, expected] of streams) {
  test(`reads ${name} at every size of fragments`, async () => {
    const bytes = new TextEncoder().encode(text);
    for (const size of sizes) assert.deepEqual(await all(inPieces(bytes, size)), expected, `in pieces of ${size}`);
  });
}

test('the parser gives an event with the piece that completes it, not later', () => {
  const parser = new SseParser();
  assert.deepEqual(parser.push('data: a\n'), []);
  assert.deepEqual(parser.push('\nda'), [message('a')]);
  assert.deepEqual(parser.push('ta: b\r'), []);
  assert.deepEqual(parser.push('\n\r'), [message('b')]);
  assert.deepEqual(parser.push('\ndata: c\n\n'), [message('c')]);
});

test('an abort ends the reading with its reason, and the connection is given back', async () => {
  const stop = new AbortController();
  let cancelled = false;
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new TextEncoder().encode('data: more\n\n')),
    cancel: () => void (cancelled = true),
  });
  let seen = 0;
  await assert.rejects(
    async () => {
      for await (const _ of readEvents(body, stop.signal)) if (++seen === 3) stop.abort(new Error('enough'));
    },
    { message: 'enough' },
  );
  assert.equal(seen, 3);
  assert.ok(cancelled);
});

test('leaving the loop gives the connection back', async () => {
  let cancelled = false;
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new TextEncoder().encode('data: more\n\n')),
    cancel: () => void (cancelled = true),
  });
  for await (const _ of readEvents(body)) break;
  assert.ok(cancelled);
});

test('a connection that fails is a failure, after what came before it', async () => {
  const seen: string[] = [];
  let sent = false;
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      if (sent) controller.error(new Error('reset'));
      else controller.enqueue(new TextEncoder().encode('data: first\n\n'));
      sent = true;
    },
  });
  await assert.rejects(async () => {
    for await (const event of readEvents(body)) seen.push(event.data);
  }, /reset/);
  assert.deepEqual(seen, ['first']);
});
