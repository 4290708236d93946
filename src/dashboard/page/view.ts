import { computed, signal } from '@preact/signals';

/** How all charts are shown. */
export const byTime = signal(false);
/** From 0 for none to below 1. */
export const smoothing = signal<number | undefined>(undefined);
/** The part of the x axis that is shown; all of it without one. */
export const range = signal<{ min: number; max: number } | undefined>(undefined);
/** Where the pointer, or the keyboard, is on the x axis. */
export const cursor = signal<number | undefined>(undefined);

export const isZoomed = computed(() => range.value !== undefined);

export function resetZoom(): void {
  range.value = undefined;
}
