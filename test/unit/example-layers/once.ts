import { Blob, createLayer, type LayerDescription } from 'tscaffe';

export interface Outcome {
  top: number[];
  topShape: readonly number[];
  /** Diffs of the bottoms that were asked for, and of the learnable blobs. */
  bottomDiff: number[][];
  blobDiff: number[][];
}

/** A blob of a shape and its values, in order. */
export function blobOf(shape: readonly number[], values: ArrayLike<number>): Blob {
  const blob = new Blob(...shape);
  if (values.length !== blob.count) throw new Error(`${values.length} values for ${blob.count}`);
  blob.data.set(values);
  return blob;
}

/** Runs a layer once, forward and backward, with `topDiff` in every element of its top's diff. */
export function once(
  description: LayerDescription,
  bottom: readonly Blob[],
  { asked = [0], topDiff = 1, blobs = [] }: { asked?: number[]; topDiff?: number; blobs?: readonly number[][] } = {},
): Outcome {
  using layer = createLayer(description);
  const top = [new Blob()];
  layer.setup(bottom, top);
  blobs.forEach((values, i) => {
    layer.blobs[i].data.set(values);
  });
  layer.forward(bottom, top);
  for (const blob of layer.blobs) blob.diff.fill(0);
  const data = [...top[0].data];
  top[0].diff.fill(topDiff);
  layer.backward(
    top,
    bottom.map((_, i) => asked.includes(i)),
    bottom,
  );
  return {
    top: data,
    topShape: top[0].shape,
    bottomDiff: asked.map((i) => [...bottom[i].diff]),
    blobDiff: layer.blobs.map((blob) => [...blob.diff]),
  };
}

/** Whether numbers are equal but for the rounding of 32-bit floats. */
export function alike(a: readonly number[], b: readonly number[], relative = 1e-6): boolean {
  return a.length === b.length && a.every((x, i) => Math.abs(x - b[i]) <= relative * Math.max(1, Math.abs(b[i])));
}

/** Numbers in -2 ... 2 without a pattern, the same in every run. */
export function scattered(count: number): number[] {
  return Array.from({ length: count }, (_, i) => 2 * Math.sin(1 + 12.9898 * i * i));
}
