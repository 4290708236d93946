import type { Blob } from '../blob/blob.js';
import type { Net } from '../net/net.js';
import { named } from '../net/named.js';

/** A solver's history by layer and blob. It has one or more entries for each learned blob. */
export function paramHistory(
  net: Net,
  history: readonly Blob[],
): Readonly<Record<string, readonly (readonly Blob[])[]>> {
  const owners = net.native.paramOwners();
  const learned = owners.flatMap((owner, param) => (owner < 0 ? [param] : []));
  let next = 0;
  const ofNext = (): readonly Blob[] => {
    const owner = owners[next] ?? -1;
    const entry = learned.indexOf(owner < 0 ? next : owner);
    next++;
    return Object.freeze(history.filter((_, i) => i % learned.length === entry));
  };
  // Layer by layer of the net, as `paramOwners` is: names may come in another order, and more than once.
  const learning = net.layers.filter(({ blobs }) => blobs.length > 0);
  return named(
    'layer',
    learning.map(({ name, blobs }) => [name, Object.freeze(blobs.map(ofNext))]),
    net.layers.filter(({ blobs }) => blobs.length === 0).map(({ name }) => name),
  );
}
