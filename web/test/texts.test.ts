import assert from 'node:assert/strict';
import { test } from 'node:test';
import { en } from '../src/lib/i18n/en.ts';
import { bestLanguage, languages, say, sayCount, sayDuration, sayPlace } from '../src/lib/i18n/texts.ts';

const places = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();

for (const [code, texts] of Object.entries(languages)) {
  test(`${code} says everything that English says, with the same places`, () => {
    assert.deepEqual(Object.keys(texts).sort(), Object.keys(en).sort());
    for (const [key, text] of Object.entries(texts)) {
      assert.notEqual(text.trim(), '', key);
      assert.deepEqual(places(text), places(en[key as keyof typeof en]), key);
    }
  });
}

test('French has its spaces before double punctuation', () => {
  for (const [key, text] of Object.entries(languages['fr'] ?? {})) {
    assert.doesNotMatch(text, / [;:?!»]|« /, `${key}: a space that may break the line`);
  }
});

test('the language is the first of the browser that is spoken here', () => {
  assert.equal(bestLanguage(['sw-KE', 'fr-CA', 'en']), 'fr');
  assert.equal(bestLanguage(['EN-us']), 'en');
  assert.equal(bestLanguage(['xx']), 'en');
  assert.equal(bestLanguage([]), 'en');
  assert.equal(bestLanguage(['constructor']), 'en');
});

test('values find their places, and what has no value stays visible', () => {
  assert.equal(say('en', 'branch.position', { position: 2, count: 3 }), '2 of 3');
  assert.equal(say('en', 'branch.position', { position: 2 }), '2 of {count}');
  assert.equal(say('en', 'composer.goes', { provider: '{place}', place: 'x' }), 'Goes to {place} · x', 'values are not texts');
});

const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ');

test('numbers are said as the language says them', () => {
  assert.equal(plain(sayCount('en', 'answer.tokens', 1)), '1 token');
  assert.equal(plain(sayCount('en', 'answer.tokens', 1234)), '1,234 tokens');
  assert.equal(plain(sayCount('fr', 'answer.tokens', 0)), '0 jeton');
  assert.equal(plain(sayCount('fr', 'answer.tokens', 1234)), '1 234 jetons');
  assert.equal(plain(sayDuration('en', 640)), '640 ms');
  assert.equal(plain(sayDuration('fr', 1234)), '1,2 s');
  assert.doesNotMatch(sayDuration('en', 1234), / /, 'a number and its unit stay together');
});

test('places are named in the language, and only country codes are', () => {
  assert.equal(sayPlace('en', 'FR, DE'), 'France, Germany');
  assert.equal(sayPlace('fr', 'DE'), 'Allemagne');
  assert.equal(sayPlace('fr', 'place not stated'), 'lieu non déclaré');
  assert.equal(sayPlace('en', ''), 'place not stated');
  assert.equal(sayPlace('en', 'Rack 7'), 'Rack 7');
});
