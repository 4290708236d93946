import type { Blob, Net } from 'tscaffe';

const mostNumbers = 1e6;

/** Whether it computes within a second: an odd size may make a layer that computes for hours, as it was told to. */
export function areSmall(blobs: readonly Blob[]): boolean {
  return blobs.reduce((sum, { count }) => sum + count, 0) < mostNumbers;
}

export function isSmall(net: Net): boolean {
  return areSmall([...Object.values(net.blobs), ...Object.values(net.params).flat()]);
}
