import type { Random } from '../fuzz/random.js';
import { convolution, layer, type RandomNet } from './random-net.js';

const activation = (r: Random): [type: string, fields: string] =>
  r.pick([
    ['ReLU', ''],
    ['ReLU', `relu_param { negative_slope: ${r.pick([0, 0.1, -0.2])} }`],
    ['ELU', 'elu_param { alpha: 0.5 }'],
    ['Sigmoid', ''],
    ['TanH', ''],
  ]);

/** What comes behind a convolution, in the order that nets have. */
function behind(r: Random): [type: string, fields: string][] {
  const layers: [string, string][] = [];
  if (r.chance(0.6)) layers.push(['BatchNorm', r.chance(0.3) ? 'batch_norm_param { use_global_stats: true }' : '']);
  if (r.chance(0.6))
    layers.push(['Scale', `scale_param { bias_term: ${r.chance(0.5)} axis: ${r.pick([1, 1, 1, 0])} }`]);
  if (r.chance(0.7)) layers.push(activation(r));
  if (r.chance(0.1)) layers.push(activation(r));
  return layers;
}

/** A convolution and layers behind it that change its top in place, most of them; and perhaps one that reads that. */
export function randomChain(r: Random): RandomNet {
  const phase = r.chance(0.7) ? 'test' : 'train';
  const shape = [1 + r.int(3), r.pick([1, 3, 8, 16, 20]), ...Array.from({ length: 1 + r.int(3) }, () => 4 + r.int(5))];
  const dims = shape.map((length) => `dim: ${length}`).join(' ');
  const layers = behind(r);
  if (phase === 'test' && r.chance(0.2)) layers.reverse();
  // BatchNorm of a few values that are nearly alike magnifies how they are rounded.
  const keepsSize = phase === 'train' && layers.some(([type, fields]) => type === 'BatchNorm' && fields === '');
  const window = keepsSize ? 'convolution_param { num_output: 12 kernel_size: 3 pad: 1 }' : convolution(r, shape);
  let text = `force_backward: ${r.chance(0.4)}\n`;
  text += `layer { name: "x" type: "Input" top: "x" input_param { shape { ${dims} } } }\n`;
  text += layer('Convolution', 'x', 'y', window);
  let place = 'y';
  for (const [i, [type, fields]] of layers.entries()) {
    const top = r.chance(0.9) ? place : `y${i}`;
    text += layer(type, place, top, fields).replace(/name: "/, `name: "${i}`);
    place = top;
  }
  if (r.chance(0.3)) text += layer('Pooling', place, 'p', 'pooling_param { global_pooling: true }');
  if (r.chance(0.3)) text += layer('TanH', place, 'side');
  return { text, phase };
}
