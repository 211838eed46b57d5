import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  add, branchOf, messageOf, newConversation, pathTo, removeLeaf, root, settle, shownPath, switchBranch, titleFrom,
} from '../src/lib/tree.ts';
import type { Conversation, Role } from '../src/lib/tree.ts';

/** Adds `id` under `parent`; ids that begin with q are questions. */
function put(conversation: Conversation, parent: string, id: string) {
  const role: Role = id.startsWith('q') ? 'user' : 'assistant';
  return add(conversation, parent, { id, role, text: `text of ${id}`, state: 'done' });
}

const shown = (conversation: Conversation) => shownPath(conversation).map(({ id }) => id).join(' ');

function talk(): Conversation {
  const conversation = newConversation('c', 'm', 0);
  put(conversation, root, 'q1');
  put(conversation, 'q1', 'a1');
  put(conversation, 'a1', 'q2');
  put(conversation, 'q2', 'a2');
  return conversation;
}

test('a new conversation shows nothing', () => {
  assert.equal(shown(newConversation('c', 'm', 0)), '');
});

test('questions and answers follow each other', () => {
  assert.equal(shown(talk()), 'q1 a1 q2 a2');
});

test('another answer is a branch, and the old one with all below it is kept', () => {
  const conversation = talk();
  put(conversation, 'q1', 'a1b');
  assert.equal(shown(conversation), 'q1 a1b');
  assert.deepEqual(branchOf(conversation, 'a1b'), { position: 2, count: 2 });
  assert.equal(switchBranch(conversation, 'a1b', -1), 'a1');
  assert.equal(shown(conversation), 'q1 a1 q2 a2');
  assert.deepEqual(branchOf(conversation, 'a1'), { position: 1, count: 2 });
});

test('an edited question is a branch, also the first one', () => {
  const conversation = talk();
  put(conversation, root, 'q1b');
  put(conversation, 'q1b', 'a');
  assert.equal(shown(conversation), 'q1b a');
  switchBranch(conversation, 'q1b', -1);
  assert.equal(shown(conversation), 'q1 a1 q2 a2');
});

test('a branch remembers what was chosen inside it', () => {
  const conversation = talk();
  put(conversation, 'q2', 'a2b');
  switchBranch(conversation, 'a2b', -1);
  put(conversation, root, 'q1b');
  switchBranch(conversation, 'q1b', -1);
  assert.equal(shown(conversation), 'q1 a1 q2 a2');
});

test('switching beyond the ends changes nothing', () => {
  const conversation = talk();
  assert.equal(switchBranch(conversation, 'a1', 1), 'a1');
  assert.equal(switchBranch(conversation, 'a1', -1), 'a1');
  assert.equal(shown(conversation), 'q1 a1 q2 a2');
});

test('a model is sent the way to the question, not the other branches', () => {
  const conversation = talk();
  put(conversation, 'a1', 'q2b');
  assert.deepEqual(pathTo(conversation, 'q2b').map(({ id }) => id), ['q1', 'a1', 'q2b']);
  assert.deepEqual(pathTo(conversation, 'a2').map(({ id }) => id), ['q1', 'a1', 'q2', 'a2']);
});

test('a leaf that goes makes room for the branch beside it', () => {
  const conversation = talk();
  put(conversation, 'q2', 'a2b');
  removeLeaf(conversation, 'a2b');
  assert.equal(shown(conversation), 'q1 a1 q2 a2');
  assert.equal(conversation.messages['a2b'], undefined);
  removeLeaf(conversation, 'a2');
  assert.equal(shown(conversation), 'q1 a1 q2');
});

test('a leaf that is not shown goes without changing what is', () => {
  const conversation = talk();
  put(conversation, 'q2', 'a2b');
  removeLeaf(conversation, 'a2');
  assert.equal(shown(conversation), 'q1 a1 q2 a2b');
});

test('neither the root nor a message with something below it is a leaf', () => {
  const conversation = talk();
  removeLeaf(conversation, root);
  removeLeaf(conversation, 'a1');
  assert.equal(shown(conversation), 'q1 a1 q2 a2');
});

test('a message nobody knows is an error, not nothing', () => {
  assert.throws(() => messageOf(talk(), 'x'), /no message x/);
});

test('a conversation survives being written down and read', () => {
  const conversation = talk();
  put(conversation, 'q1', 'a1b');
  assert.equal(shown(JSON.parse(JSON.stringify(conversation)) as Conversation), 'q1 a1b');
});

test('what was being written when the page closed is stopped', () => {
  const conversation = talk();
  messageOf(conversation, 'a2').state = 'writing';
  assert.equal(messageOf(settle(conversation), 'a2').state, 'stopped');
  assert.equal(messageOf(conversation, 'a1').state, 'done');
});

test('a title is the first line, cut between words', () => {
  assert.equal(titleFrom('  Short one \nand more'), 'Short one');
  const long = titleFrom('A question that is so long that nobody could ever read the whole of it in a list');
  assert.ok(long.length <= 61 && long.endsWith('…'));
  assert.equal(long, 'A question that is so long that nobody could ever read the…');
  assert.equal(titleFrom('x'.repeat(100)), `${'x'.repeat(60)}…`);
});
