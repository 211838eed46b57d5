// What a language is: the keys of the English texts, and how numbers, plurals and places are said. Pure.
import { en } from './en.ts';
import { fr } from './fr.ts';

export type Key = keyof typeof en;
export type Texts = Record<Key, string>;
type KeyOfPlural = { [K in Key]: K extends `${infer Stem}.one` ? Stem : never }[Key];

export const languages: Record<string, Texts> = { en, fr };

/** The first of the wanted languages that is spoken here: "fr-CA" finds French. */
export function bestLanguage(wanted: readonly string[]): string {
  for (const tag of wanted) {
    const language = tag.toLowerCase().split('-')[0] ?? '';
    if (Object.hasOwn(languages, language)) return language;
  }
  return 'en';
}

export type Values = Record<string, string | number>;

export function say(language: string, key: Key, values: Values = {}): string {
  const text = (languages[language] ?? en)[key];
  return text.replace(/\{(\w+)\}/g, (place, name: string) => String(values[name] ?? place));
}

export function sayCount(language: string, stem: KeyOfPlural, n: number): string {
  const form = new Intl.PluralRules(language).select(n) === 'one' ? 'one' : 'other';
  return unbroken(say(language, `${stem}.${form}`, { n: n.toLocaleString(language) }));
}

/** Seconds and milliseconds have the same signs everywhere; the number is said as the language says it. */
export function sayDuration(language: string, milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 1) return unbroken(`${milliseconds} ms`);
  return unbroken(`${seconds.toLocaleString(language, { maximumFractionDigits: seconds < 100 ? 1 : 0 })} s`);
}

// A number stays on one line with what it counts.
function unbroken(text: string): string {
  return text.replaceAll(' ', '\u00a0');
}

/** "FR, DE" in words of the language; what is not a list of country codes stays as the server said it. */
export function sayPlace(language: string, place: string): string {
  if (place === '' || place === 'place not stated') return say(language, 'answer.place_unknown');
  const names = new Intl.DisplayNames(language, { type: 'region' });
  return place
    .split(/,\s*/)
    .map((code) => (/^[A-Z]{2}$/.test(code) ? (names.of(code) ?? code) : code))
    .join(', ');
}
