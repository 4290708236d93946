// A source of points, and a net that learns them. Plain JavaScript, for the processes of a job import it too.
//
// Layers `a` and `a2` share their blobs; `f` has lr_mult 0; no gradient reaches `below`, since `a` has propagate_down
// false; and `scale` is a layer in TypeScript with a learnable blob.
import { dataSource, Layer, registerLayer, SGDSolver } from 'tscaffe';

/** A top times a learnable factor. */
class Scale extends Layer {
  setup() {
    this.addBlob([1], { filler: { type: 'constant', value: 0.7 } });
  }

  reshape([bottom], [top]) {
    top.reshapeLike(bottom);
  }

  forward([bottom], [top]) {
    const [factor] = this.blobs[0].data;
    bottom.data.forEach((value, i) => (top.data[i] = factor * value));
  }

  backward([top], [down], [bottom]) {
    const [factor] = this.blobs[0].data;
    top.diff.forEach((diff, i) => (this.blobs[0].diff[0] += diff * bottom.data[i]));
    if (down) top.diff.forEach((diff, i) => (bottom.diff[i] = factor * diff));
  }
}
registerLayer('ScalePoints', Scale);

function pointsOf(count) {
  return Array.from({ length: count }, (_, i) => {
    const data = Float32Array.from({ length: 4 }, (_, j) => Math.sin(7 * i + 3 * j));
    return { data, label: 2 * data[0] - data[1] + data[2] * data[3] };
  });
}

function inner(name, bottom, outputs, more = '') {
  return `layer { name: "${name}" type: "InnerProduct" bottom: "${bottom}" top: "${name}" ${more}
    inner_product_param { num_output: ${outputs} weight_filler { type: "xavier" } } }`;
}

export function learn(count, batchSize, fields = '', options = {}) {
  const tops = { data: [4], label: [1] };
  const { type } = dataSource(pointsOf(count), { tops, batchSize, shuffle: 1, ...options });
  const shared = 'param { name: "w" } param { name: "b" }';
  return new SGDSolver({
    text: `base_lr: 0.05 momentum: 0.9 weight_decay: 0.001 lr_policy: "fixed" random_seed: 3 max_iter: 1000 ${fields}
      net_param {
        layer { name: "d" type: "${type}" top: "data" top: "label" }
        ${inner('below', 'data', 4)}
        ${inner('f', 'data', 4, 'param { lr_mult: 0 } param { lr_mult: 0 }')}
        layer { name: "sum" type: "Eltwise" bottom: "below" bottom: "f" bottom: "data" top: "sum" }
        ${inner('a', 'sum', 4, `${shared} propagate_down: false`)}
        layer { name: "t" type: "TanH" bottom: "a" top: "t" }
        ${inner('a2', 't', 4, shared)}
        layer { name: "scale" type: "ScalePoints" bottom: "a2" top: "scaled" }
        ${inner('e', 'scaled', 1)}
        layer { name: "l" type: "EuclideanLoss" bottom: "e" bottom: "label" top: "l" }
      }`,
  });
}

/** How many floats of gradients it has: of w and b, of the factor and of e, and of nothing else. */
export const gradients = 4 * 4 + 4 + 1 + (4 + 1);

/** All that has been learned. */
export function valuesOf(solver) {
  return solver.net.layers.flatMap(({ blobs }) => blobs).map(({ data }) => Array.from(data));
}
