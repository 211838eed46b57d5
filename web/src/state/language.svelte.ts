// The language the page speaks: the browser's, until somebody switches. `t` follows the switch wherever it is used.
import { bestLanguage, languages, say, sayCount, sayDuration, sayPlace } from '../lib/i18n/texts.ts';
import type { Key, Values } from '../lib/i18n/texts.ts';
import { recall, remember } from '../lib/remember.ts';

const kept = recall('language');
const first = Object.hasOwn(languages, kept) ? kept : bestLanguage(navigator.languages);
let current = $state(first);
document.documentElement.lang = first;

export const language = {
  get current() {
    return current;
  },
  set current(chosen: string) {
    current = chosen;
    document.documentElement.lang = chosen;
    remember('language', chosen);
  },
};

export const t = (key: Key, values?: Values) => say(current, key, values);
export const tCount: (stem: Parameters<typeof sayCount>[1], n: number) => string = (stem, n) => sayCount(current, stem, n);
export const tDuration = (milliseconds: number) => sayDuration(current, milliseconds);
export const tPlace = (place: string) => sayPlace(current, place);
