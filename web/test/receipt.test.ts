// A receipt that a real server gave, checked as the page checks it; and edited in every place, where it must not hold.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { canonical, checkReceipt, Doubt } from '../src/lib/receipt.ts';
import type { Receipt } from '../src/lib/receipt.ts';

interface Given {
  key: string;
  answer: string;
  receipt: Receipt;
}
const file = readFileSync(new URL('receipt.json', import.meta.url), 'utf8');
const given = () => JSON.parse(file) as Given;
const doubt = (what: Doubt['what']) => (error: unknown) => error instanceof Doubt && error.what === what;

test('a receipt holds, and says where the question went', () => {
  const { receipt, key, answer } = given();
  const checked = checkReceipt(receipt, key, answer);
  assert.equal(checked.standing, 'included');
  assert.equal(checked.entries, 14);
  assert.equal(checked.joules, 8.151);
  assert.equal(checked.deployment, 'smollm2:135m');
  assert.equal(checked.candidates[0]?.rule, 'allow all');
});

test('another text, another key, and a log that is not there are told apart', () => {
  const { receipt, key, answer } = given();
  assert.throws(() => checkReceipt(receipt, key, `${answer}.`), doubt('answer'));
  assert.throws(() => checkReceipt(receipt, 'no key'), doubt('key'));
  const other = key.replace('example.org', 'example.com');
  assert.throws(() => checkReceipt(receipt, other), doubt('signature'));
  assert.equal(checkReceipt({ ...receipt, checkpoint: '' }, key).standing, 'promised');
  const { cose, ...without } = receipt;
  assert.ok(cose);
  assert.equal(checkReceipt(without, key).standing, 'included', 'receipts from before have no signature for COSE');
  assert.throws(() => checkReceipt({ ...receipt, cose: receipt.promise.split(' ').at(-1) ?? '' }, key), doubt('signature'));
});

// Every text, number and flag of the receipt, changed a little one after the other.
function* edits(value: unknown, path: string): Generator<[string, (root: unknown) => void]> {
  if (typeof value === 'object' && value !== null) {
    for (const name of Object.keys(value)) yield* edits((value as Record<string, unknown>)[name], `${path}/${name}`);
    return;
  }
  if (value === null) return;
  yield [
    path,
    (root) => {
      const names = path.split('/').slice(1);
      const last = names.pop() ?? '';
      let at = root as Record<string, unknown>;
      for (const name of names) at = at[name] as Record<string, unknown>;
      const old = at[last];
      at[last] = typeof old === 'number' ? old + 1 : typeof old === 'boolean' ? !old : edited(String(old));
    },
  ];
}
const edited = (text: string) => (text === '' ? 'x' : (text.startsWith('A') ? 'B' : 'A') + text.slice(1));

test('no field of it can be edited unseen', () => {
  let count = 0;
  for (const [path, edit] of edits(given().receipt, '')) {
    const { receipt, key, answer } = given();
    edit(receipt);
    assert.throws(() => checkReceipt(receipt, key, answer), undefined, path);
    ++count;
  }
  assert.ok(count > 50, `${count} fields`);
});

test('the canonical form orders members as RFC 8785 does', () => {
  assert.equal(canonical({ b: [1, { z: null, a: 'é"' }], a: true }), '{"a":true,"b":[1,{"a":"é\\"","z":null}]}');
});
