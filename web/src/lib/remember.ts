// Small choices kept in this browser (language, theme, model). Where storage is forbidden they last as long as the page.
const kept = new Map<string, string>();

export function remember(name: string, value: string): void {
  kept.set(name, value);
  try {
    localStorage.setItem(`entente.${name}`, value);
  } catch {
    // Private windows may forbid it.
  }
}

export function recall(name: string): string {
  try {
    return kept.get(name) ?? localStorage.getItem(`entente.${name}`) ?? '';
  } catch {
    return kept.get(name) ?? '';
  }
}
