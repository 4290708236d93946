import type { Blob } from '../blob/blob.js';
import type { Net } from '../net/net.js';
import { named } from '../net/structure.js';

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
  return named(Object.entries(net.params).map(([layer, blobs]) => [layer, Object.freeze(blobs.map(ofNext))]));
}
