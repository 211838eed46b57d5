import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lexer } from 'marked';
import { BlockSplitter, hasDefinitions } from '../src/lib/markdown/blocks.ts';

const answer = `A paragraph
of two lines.

# A heading
1. one

2. two
   \`\`\`py
   x = 1

   y = 2
   \`\`\`
3. three

> quoted

| a | b |
|---|---|
| 1 | 2 |

\`\`\`js
let a;

let b; // مرحبا 🧭
\`\`\`
- [ ] task
\tmore

    indented

The end.
`;

/** The types of the blocks, as the whole text has them. */
const kinds = (blocks: readonly string[]) => blocks.flatMap((block) => lexer(block).map(({ type }) => type)).filter((type) => type !== 'space');

function grow(text: string, size: number) {
  const splitter = new BlockSplitter();
  let blocks = splitter.split('');
  for (let at = 0; at < text.length; at += size) {
    const before = blocks.settled;
    blocks = splitter.split(text.slice(0, at + size));
    assert.deepEqual(blocks.settled.slice(0, before.length), before, 'what is settled never changes');
  }
  return [...blocks.settled, blocks.tail];
}

test('however a text grows, it becomes the blocks of the whole', () => {
  for (const size of [1, 2, 3, 5, 7, 16, 31, 100, 10_000]) {
    const blocks = grow(answer, size);
    assert.deepEqual(kinds(blocks), kinds([answer]), `in steps of ${size}`);
    assert.equal(blocks.join('').replace(/\s/g, ''), answer.replace(/\s/g, ''), 'nothing is lost');
  }
});

test('line ends of other systems are no other text', () => {
  assert.deepEqual(kinds(grow(answer.replaceAll('\n', '\r\n'), 3)), kinds([answer]));
});

test('the tail stays small while the text grows', () => {
  const splitter = new BlockSplitter();
  const paragraph = 'Some words that make a paragraph.\n\n';
  for (let count = 1; count <= 200; count++) {
    const { settled, tail } = splitter.split(paragraph.repeat(count));
    assert.equal(settled.length, count - 1);
    assert.ok(tail.length <= paragraph.length);
  }
});

test('a text that is not the continuation starts over', () => {
  const splitter = new BlockSplitter();
  splitter.split('one\n\ntwo\n\nthree');
  assert.deepEqual(splitter.split('other'), { settled: [], tail: 'other' });
});

test('definitions of links are noticed', () => {
  assert.ok(hasDefinitions('See [this][1].\n\n[1]: https://example.org'));
  assert.ok(!hasDefinitions('See [this](https://example.org): good.'));
});
