import { Layer, registerLayer, type Blob, type LayerConstructor } from 'tscaffe';

let types = 0;

/** Registers a class under a type of its own. */
export function register(constructor: LayerConstructor): string {
  const type = `layer/${constructor.name}-${types++}`;
  registerLayer(type, constructor);
  return type;
}

/** Copies each bottom to the top of its number; the gradients likewise. */
export class Copy extends Layer {
  override reshape(bottom: readonly Blob[], top: readonly Blob[]): void {
    for (const [i, blob] of top.entries()) blob.reshapeLike(bottom[i]);
  }
  override forward(bottom: readonly Blob[], top: readonly Blob[]): void {
    for (const [i, blob] of top.entries()) blob.data.set(bottom[i].cpuData);
  }
  override backward(top: readonly Blob[], propagateDown: readonly boolean[], bottom: readonly Blob[]): void {
    for (const [i, blob] of bottom.entries()) {
      if (propagateDown[i]) blob.diff.set(top[i].cpuDiff);
    }
  }
}

/** An Input layer of blobs of two values. */
export const input = (...names: string[]): string =>
  `layer { name: "input" type: "Input" ${names.map((name) => `top: "${name}"`).join(' ')} input_param { ${names
    .map(() => 'shape { dim: 2 }')
    .join(' ')} } }`;
