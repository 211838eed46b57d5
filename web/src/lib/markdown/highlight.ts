// Colours for code: highlight.js and the languages people ask models for. Loaded when the first code appears, not before.
import type { HLJSApi } from 'highlight.js';

const languages = {
  bash: () => import('highlight.js/lib/languages/bash'),
  cpp: () => import('highlight.js/lib/languages/cpp'),
  css: () => import('highlight.js/lib/languages/css'),
  go: () => import('highlight.js/lib/languages/go'),
  java: () => import('highlight.js/lib/languages/java'),
  javascript: () => import('highlight.js/lib/languages/javascript'),
  json: () => import('highlight.js/lib/languages/json'),
  python: () => import('highlight.js/lib/languages/python'),
  rust: () => import('highlight.js/lib/languages/rust'),
  sql: () => import('highlight.js/lib/languages/sql'),
  typescript: () => import('highlight.js/lib/languages/typescript'),
  xml: () => import('highlight.js/lib/languages/xml'),
  yaml: () => import('highlight.js/lib/languages/yaml'),
};
type Language = keyof typeof languages;

// What models write behind the fence.
const other_names: Record<string, Language> = {
  sh: 'bash', shell: 'bash', zsh: 'bash', console: 'bash', c: 'cpp', 'c++': 'cpp', h: 'cpp', hpp: 'cpp', golang: 'go',
  js: 'javascript', jsx: 'javascript', node: 'javascript', jsonc: 'json', py: 'python', python3: 'python', rs: 'rust',
  postgresql: 'sql', sqlite: 'sql', ts: 'typescript', tsx: 'typescript', html: 'xml', svg: 'xml', yml: 'yaml',
};

const tooLong = 50_000; // characters: colours are not worth a page that stutters

let highlighter: HLJSApi | undefined;
const loading = new Map<Language, Promise<void>>();

export function languageOf(name: string): Language | undefined {
  const lower = name.toLowerCase();
  return Object.hasOwn(languages, lower) ? (lower as Language) : Object.hasOwn(other_names, lower) ? other_names[lower] : undefined;
}

/** The code as HTML with classes, or nothing when the language is unknown or not loaded yet; then `later` is called. */
export function highlight(code: string, name: string, later: () => void): string | undefined {
  const language = languageOf(name);
  if (!language || code.length > tooLong) return undefined;
  if (highlighter?.getLanguage(language)) return highlighter.highlight(code, { language, ignoreIllegals: true }).value;
  const load = loading.get(language) ?? loadLanguage(language);
  loading.set(language, load);
  load.then(later, () => loading.delete(language)); // uncoloured code is no failure worth a word; the next one tries again
  return undefined;
}

async function loadLanguage(language: Language): Promise<void> {
  const [core, grammar] = await Promise.all([import('highlight.js/lib/core'), languages[language]()]);
  highlighter = core.default;
  highlighter.registerLanguage(language, grammar.default);
}
