/** The theme: the system's until the reader chooses; the choice is remembered (public/theme.js applies it before the first paint). */

export type Theme = 'light' | 'dark';

const key = 'sightline.theme';
const dark = matchMedia('(prefers-color-scheme: dark)');
const listeners = new Set<() => void>();

function notify(): void {
  for (const listener of listeners) listener();
}
dark.addEventListener('change', notify);

/** The theme in force. */
export function currentTheme(): Theme {
  const chosen = document.documentElement.dataset.theme;
  if (chosen === 'light' || chosen === 'dark') return chosen;
  return dark.matches ? 'dark' : 'light';
}

/** Chooses a theme and remembers it; what the system wants anyway is not remembered, so that it is followed again. */
export function chooseTheme(theme: Theme): void {
  if (theme === (dark.matches ? 'dark' : 'light')) {
    delete document.documentElement.dataset.theme;
    localStorage.removeItem(key);
  } else {
    document.documentElement.dataset.theme = theme;
    localStorage.setItem(key, theme);
  }
  notify();
}

/** Calls `listener` when the theme changes; returns the way to stop. */
export function onTheme(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
