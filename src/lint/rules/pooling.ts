import type { Report } from '../prototxt.js';
import { fieldOf, nameOf, type Layer, type StateNet } from '../state.js';

interface Window {
  size: number;
  stride: number;
  pad: number;
}

/** The window along one axis of images. */
function windowOf({ poolingParam }: Layer['param'], axis: 'H' | 'W'): Window {
  const { kernelSize, stride, pad, kernelH, kernelW, strideH, strideW, padH, padW } = poolingParam ?? {};
  const [ownSize, ownStride, ownPad] = axis === 'H' ? [kernelH, strideH, padH] : [kernelW, strideW, padW];
  // 0 is the default: not given. `stride` is 1 by default.
  const given = (...values: (number | null | undefined)[]): number | undefined =>
    values.find((value) => value) ?? undefined;
  return { size: given(kernelSize, ownSize) ?? 1, stride: given(ownStride, stride) ?? 1, pad: given(ownPad, pad) ?? 0 };
}

/** What windows leave out of an axis of images. */
function unread({ size, stride, pad }: Window, length: number, windows: number): string | undefined {
  const rim = length + pad - ((windows - 1) * stride + size);
  if (rim > 0) return `the last ${rim}`;
  return size > 1 && stride > size && windows > 1 ? `${stride - size} between windows` : undefined;
}

/** Pooling that does not look at all of its image. */
export function poolingRims({ net, layers, sizesAreKnown }: StateNet, report: Report): void {
  if (net === undefined || !sizesAreKnown) return;
  for (const layer of layers) {
    const { type, bottom, top, poolingParam } = layer.param;
    if (type !== 'Pooling' || poolingParam?.globalPooling) continue;
    const [from, to] = [net.blobs[bottom[0] ?? '']?.shape ?? [], net.blobs[top[0] ?? '']?.shape ?? []];
    for (const [axis, at, what] of [
      ['H', 2, 'rows'],
      ['W', 3, 'columns'],
    ] as const) {
      const left = unread(windowOf(layer.param, axis), from[at] ?? 0, to[at] ?? 0);
      if (left === undefined) continue;
      report(
        'pooling-rim',
        fieldOf(layer, 'pooling_param'),
        `${nameOf(layer)} does not look at ${left} of ${from[at] ?? 0} ${what}`,
        'choose kernel, stride and pad that reach the rim; round_mode: CEIL, the default, does',
      );
      break;
    }
  }
}
