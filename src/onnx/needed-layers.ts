import type { Net } from '../net/net.js';
import type { NetLayer } from '../net/structure.js';

/** The layers that some blobs depend on, in the order in which they run. */
export function neededLayers(net: Net, outputs: readonly string[]): NetLayer[] {
  const blobs = new Set(outputs);
  const needed: NetLayer[] = [];
  for (const layer of net.layers.toReversed()) {
    if (!layer.top.some((top) => blobs.has(top))) continue;
    needed.push(layer);
    for (const top of layer.top) blobs.delete(top);
    for (const bottom of layer.bottom) blobs.add(bottom);
  }
  return needed.toReversed();
}
