/** A canvas knows no CSS variables: resolves a CSS colour against the document, once per theme. */
import { currentTheme } from '../app/theme.ts';

const cache = new Map<string, string>();
let cachedTheme = '';
let probe: HTMLElement | undefined;

/** `css` (any CSS colour, `var(--name)` included) as `rgb(r, g, b)` in the present theme. */
export function resolveColor(css: string): string {
  const theme = currentTheme();
  if (theme !== cachedTheme) {
    cache.clear();
    cachedTheme = theme;
  }
  let color = cache.get(css);
  if (color === undefined) {
    if (probe === undefined) {
      probe = document.createElement('i');
      probe.hidden = true;
      document.body.append(probe);
    }
    probe.style.color = css;
    color = getComputedStyle(probe).color;
    cache.set(css, color);
  }
  return color;
}

/** `css` with `alpha` 0..1 applied. */
export function withAlpha(css: string, alpha: number): string {
  return resolveColor(css).replace(/^rgb\((.*)\)$/, `rgba($1, ${alpha})`);
}
