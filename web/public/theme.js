// Runs before the first paint, so that a chosen theme does not flash; src/state/theme.svelte.ts writes the choice.
try {
  const theme = localStorage.getItem('entente.theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Storage is forbidden here: the system's theme is used.
}
