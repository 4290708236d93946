/**
 * Chris Doty-Humphrey's sfc32, a random generator that gives 32 bits at a time. With a separate generator, shuffling
 * does not disturb Caffe's random numbers and does not depend on them. The order of a seed must never change, or a
 * resumed run would see other samples.
 */
function sfc32(a: number, b: number, c: number): () => number {
  let counter = 1;
  const next = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  for (let round = 0; round < 16; round++) next(); // until each bit of the seed has affected every other bit
  return next;
}

/**
 * Uniform random numbers from 0 to 1, without 1, for one sample of an epoch. They depend on nothing else, so they are
 * the same in a resumed run, whatever was read ahead.
 */
export function randomOf(seed: number, epoch: number, index: number): () => number {
  let random: (() => number) | undefined; // made only for a source that asks
  // The order of a list follows from number 0.
  return () => (random ??= sfc32(seed, epoch, (index + 1) | 0))() / 2 ** 32;
}

/** The numbers from 0 to `length` - 1, in an order that `seed`, `epoch` and `block` determine. */
export function permutation(length: number, seed: number, epoch: number, block = 0): Uint32Array {
  const random = sfc32(seed, epoch, block);
  const order = Uint32Array.from({ length }, (_, index) => index);
  for (let last = length - 1; last > 0; last--) {
    const chosen = Math.floor((random() / 2 ** 32) * (last + 1));
    const kept = order[last] ?? 0;
    order[last] = order[chosen] ?? 0;
    order[chosen] = kept;
  }
  return order;
}
