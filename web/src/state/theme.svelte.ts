// Light or dark: the system's choice, until somebody switches. public/theme.js applies it before the first paint.
import { recall, remember } from '../lib/remember.ts';

export type Theme = 'system' | 'light' | 'dark';
export const themes: Theme[] = ['system', 'light', 'dark'];

let current = $state<Theme>(themes.find((theme) => theme === recall('theme')) ?? 'system');

export const theme = {
  get current() {
    return current;
  },
  set current(chosen: Theme) {
    current = chosen;
    remember('theme', chosen);
    if (chosen === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = chosen;
  },
};
