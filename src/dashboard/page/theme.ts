import { computed, effect, signal } from '@preact/signals';

export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

const dark = matchMedia('(prefers-color-scheme: dark)');
const systemIsDark = signal(dark.matches);
dark.addEventListener('change', () => {
  systemIsDark.value = dark.matches;
});

/** A browser may keep nothing for a page. */
function kept(): Theme {
  try {
    return themes.find((each) => each === localStorage.getItem('theme')) ?? 'system';
  } catch {
    return 'system';
  }
}

export const theme = signal<Theme>(kept());
export const isDark = computed(() => theme.value === 'dark' || (theme.value === 'system' && systemIsDark.value));

effect(() => {
  document.documentElement.dataset['theme'] = isDark.value ? 'dark' : 'light';
  try {
    localStorage.setItem('theme', theme.value);
  } catch {
    // It is for this visit, then.
  }
});

const light = ['#1f6feb', '#d1480f', '#0a8a62', '#a6248f', '#8a6a00', '#0b7f9e', '#6e40c9', '#b3261e'];
const onDark = ['#6cb0ff', '#ff9a5a', '#45cf9e', '#f08bdd', '#e3bd4a', '#5fd0ec', '#b99cff', '#ff8a80'];

/** The colour of a run in charts. */
export function runColor(number: number): string {
  const colors = isDark.value ? onDark : light;
  return colors[number % colors.length] ?? '#888';
}

/** A colour of the style sheet, for what is drawn on a canvas. */
export function themeColor(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}
